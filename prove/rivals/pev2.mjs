// Plans a second that pev2's plan service reads and works out: node pev2.mjs MODULE ROUNDS FILE…
import fs from 'node:fs';
import path from 'node:path';

const [module, rounds, ...files] = process.argv.slice(2);
const { service } = await import(path.resolve(module));
console.log = () => {}; // it reports strategies that it does not know
const texts = files.map((file) => fs.readFileSync(file, 'utf8'));
const rates = [];
let failed = 0;
for (let round = 0; round < Number(rounds); round += 1) {
  const start = performance.now();
  let plans = 0;
  failed = 0;
  for (const text of texts) {
    try {
      service.createPlan('', service.fromSource(text), '');
      plans += 1;
    } catch {
      failed += 1;
    }
  }
  rates.push(plans / ((performance.now() - start) / 1000));
}
rates.sort((a, b) => a - b);
process.stdout.write(`${rates[Math.floor(rates.length / 2)].toFixed(0)}\t${failed}\n`);
