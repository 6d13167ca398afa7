import type { ValueMap } from '../shared/value.ts'
import { functions } from './condition-functions.ts'
import { helpers } from './helpers.ts'

/** The variables that every example of docs/languages.md can see. */
export const exampleVars: ValueMap = {
  bond: 'bond0',
  ports: ['ens2f0', 'ens2f1'],
  pci: '0000:61:00.1',
  vfs: 4,
  share: 0.5,
  debug: false,
  mtu: null,
  vms: [
    { name: 'vm2', mac: '52-54-00-AB-00-02' },
    { name: 'vm1', mac: '52:54:00:ab:00:01' },
  ],
  fw: {
    outcome: 'changed',
    changed: true,
    failed: false,
    skipped: false,
    because: '',
    deltas: [],
    version: '22.31.1014',
  },
  groups: { hypervisors: ['hv1', 'hv2', 'hv3'] },
  hostvars: { hv1: { vms: [{ name: 'vm1' }] }, hv2: { vms: [{ name: 'vm2' }] }, hv3: {} },
}

/** The table of all helpers, in Markdown. */
export function helperTable(): string {
  return table(
    ['Helper', 'What it gives', 'Example', 'Text'],
    helpers.map(({ name, usage, summary, example: [template, text] }) => [
      code(`${name} ${usage}`),
      summary,
      code(template),
      code(text.replaceAll('\n', '\\n')),
    ]),
  )
}

/** The table of all functions of conditions, in Markdown; every example is true. */
export function functionTable(): string {
  return table(
    ['Function', 'What it gives', 'Example'],
    functions.map(({ name, usage, summary, example }) => [code(`${name}(${usage})`), summary, code(example)]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

// A pipe would end the cell, also inside of code (GitHub Flavored Markdown, tables).
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}
