// Writes docs/modules.md and the generated parts of README.md from the compiled program.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cardModules, systemModules } from '../dist/modules/index.js'
import { modulesMarkdown } from '../dist/report/module-docs.js'

const at = (path) => new URL(`../${path}`, import.meta.url)
const groups = [
  { title: 'The card and what is built on it', modules: cardModules },
  { title: 'Every host', modules: systemModules },
]
writeFileSync(at('docs/modules.md'), modulesMarkdown(groups))

const help = execFileSync(process.execPath, ['bin/vflag-play.js', '--help'], {
  cwd: at('.'),
  encoding: 'utf8',
  env: { ...process.env, COLUMNS: '100', NO_COLOR: '1' },
})
const table = groups
  .flatMap((group) => group.modules)
  .map((module) => `| [${module.name}](docs/modules.md#${module.name}) | ${module.summary} |`)
const parts = {
  modules: ['| module | what it does |', '|---|---|', ...table].join('\n'),
  help: ['```text', help.trimEnd(), '```'].join('\n'),
}
let readme = readFileSync(at('README.md'), 'utf8')
for (const [name, text] of Object.entries(parts)) {
  readme = readme.replace(
    new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
    (_, open, close) => `${open}${text}\n${close}`,
  )
}
writeFileSync(at('README.md'), readme)
