// The files of a project that `tsrun init` makes: a role that works at once on this machine, and where to go on. Data only.

const site = `# What is to be so on which hosts. Try it:  npx tsrun site.yaml -i inventory/hosts.yaml --check --diff
- name: Every host says hello
  hosts: all
  roles:
    - hello
`;

const hosts = `# The hosts and their variables. "here" is this machine; a host behind SSH needs sshd and sh, nothing else.
all:
  hosts:
    here: { ansible_connection: local }
  # children:
  #   web:
  #     hosts:
  #       web-1: { ansible_host: 10.0.0.11, ansible_user: deploy }
  #     vars: { ansible_become: true }
`;

const role = `summary: A file that greets
# Inputs are typed; one without a default must be set (in the play, in group_vars or with -e).
inputs:
  hello_name: { type: string, minLength: 1, default: "{{ inventory_hostname }}" }
  hello_file: { type: string, pattern: "^/.+", default: "{{ facts.user_dir }}/hello-from-tsrun.txt" }
`;

const tasks = `- name: Greet
  template:
    src: hello.hbs
    dest: "{{ hello_file }}"
    mode: "0644"
  notify: say that it is new
`;

const handlers = `- name: say that it is new
  debug:
    msg: "{{ hello_file }} is new"
`;

const template = `Hello from {{hello_name}}.
`;

const workflow = `name: tsrun
on: [push, pull_request]
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm install
      # Every mistake that the files tell, as annotations of the change.
      - run: npx tsrun lint site.yaml -i inventory/hosts.yaml --output github
`;

const manifest = (version: string): string =>
  `${JSON.stringify({ private: true, devDependencies: { tsrun: `^${version}` } }, null, 2)}\n`;

/** Path below the project -> text. */
export const projectFiles = (version: string): Readonly<Record<string, string>> => ({
  'site.yaml': site,
  'inventory/hosts.yaml': hosts,
  'roles/hello/role.yaml': role,
  'roles/hello/tasks.yaml': tasks,
  'roles/hello/handlers.yaml': handlers,
  'templates/hello/hello.hbs': template,
  '.github/workflows/tsrun.yaml': workflow,
  '.gitignore': 'node_modules/\n.tsrun/\n',
  'package.json': manifest(version),
});
