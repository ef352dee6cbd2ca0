import { evaluateIdentity } from './identity-evaluation.js';

// npm runs its scripts in the project's folder, wherever it was called from.
const byNpm = process.env['npm_lifecycle_event'] === 'eval:identity';

process.exitCode = evaluateIdentity(process.argv.slice(2), {
  folder: (byNpm ? process.env['INIT_CWD'] : undefined) ?? process.cwd(),
  out: (text) => process.stdout.write(text),
  remark: (text) => process.stderr.write(text),
});
