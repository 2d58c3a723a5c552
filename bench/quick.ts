// `npm run bench -- --quick`: counts against bench/budget.json, no seconds. --accept writes what was counted as the new budget.
import { writeFileSync } from 'node:fs';
import { budgetFile, canTrace, compare, countAll, readBudget } from './budget.ts';

const accept = process.argv.includes('--accept');
if (!canTrace()) console.error('processes on the hosts are not counted: strace is not there, or may not trace here');
const seen = await countAll();
console.table(seen);
if (accept) {
  if (!canTrace()) throw new Error('a budget without processes is no budget: install strace');
  writeFileSync(budgetFile, `${JSON.stringify(seen, undefined, 2)}\n`);
  console.log('bench/budget.json holds these counts now');
} else {
  const { risen, lower } = compare(seen, readBudget());
  for (const line of [...risen.map(text => `ROSE  ${text}`), ...lower.map(text => `lower ${text}`)]) console.log(line);
  console.log(risen.length === 0 ? 'within the budget' : `${risen.length} counts are over the budget`);
  process.exitCode = risen.length === 0 ? 0 : 1;
}
