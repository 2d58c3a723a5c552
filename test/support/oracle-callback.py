# What ansible-playbook did, as one JSON object a line on stdout: the form in which the tests read it.
from __future__ import annotations

import json

from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.playbook.handler import Handler
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: oracle
    type: stdout
    short_description: JSON lines
    description: One line a result.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "oracle"

    def line(self, **fields):
        print(json.dumps(fields, cls=AnsibleJSONEncoder), flush=True)

    def result(self, status, result, ignored=False, item=False):
        body = {k: v for k, v in result._result.items() if k != "invocation"}
        if status == "ok" and body.get("changed"):
            status = "changed"
        self.line(
            event="result",
            handler=isinstance(result._task, Handler),
            host=result._host.get_name(),
            task=result._task.name or result._task.get_name(),
            module=result._task.action,
            status=status,
            ignored=bool(ignored),
            item=item,
            result=body,
        )

    def v2_runner_on_ok(self, result):
        self.result("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.result("failed", result, ignore_errors)

    def v2_runner_on_skipped(self, result):
        self.result("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self.result("unreachable", result, result._task.ignore_unreachable)

    def v2_runner_item_on_ok(self, result):
        self.result("ok", result, item=True)

    def v2_runner_item_on_failed(self, result):
        self.result("failed", result, item=True)

    def v2_runner_item_on_skipped(self, result):
        self.result("skipped", result, item=True)

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in stats.processed}
        self.line(event="recap", hosts=hosts)
