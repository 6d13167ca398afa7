import { expect, test } from 'vitest'
import {
  defineModule,
  factReads,
  formatDiagnostics,
  LocalFiles,
  loadInventory,
  loadPlaybook,
  modules,
  parseFacts,
  plan,
  type RunEvent,
  read,
  resolveTargets,
  runPlaybook,
  step,
} from '../src/index.ts'
import { FileHost } from './support/file-host.ts'
import { memoryReader } from './support/memory-reader.ts'

const motd = defineModule<{ readonly text: string }, string | null>({
  name: 'motd',
  summary: 'Set the message of the day',
  args: { properties: { text: { description: 'What is shown.', type: 'string' } }, required: ['text'] },
  examples: [],
  reads: () => [read.file('/etc/motd')],
  state: (_args, seen) => seen.text('/etc/motd'),
  plan: (args, found) =>
    found === args.text
      ? plan.unchanged('it says so already')
      : plan.change([plan.delta('/etc/motd', found, args.text)], [step.write('/etc/motd', args.text)]),
})

test('a playbook with a module of one’s own runs from code, and its events can be heard', async () => {
  const reader = memoryReader({
    'hosts.yaml': 'all: {hosts: {h1: }}\n',
    'site.yaml': '- hosts: all\n  gather_facts: false\n  tasks:\n    - motd: {text: hello}\n',
  })
  const inventory = loadInventory(reader, ['hosts.yaml'], { playbookDir: '.' })
  if (!inventory.ok) throw new Error(formatDiagnostics(inventory.error, { color: false }))
  const searchPaths = { templates: [], files: [] }
  const registry = new Map([...modules, [motd.name, motd] as const])
  const playbook = loadPlaybook('site.yaml', {
    reader,
    modules: registry,
    inventory: inventory.value,
    extraVars: {},
    searchPaths,
  })
  if (!playbook.ok) throw new Error(formatDiagnostics(playbook.error, { color: false }))
  const targets = resolveTargets(playbook.value, inventory.value, null, {}, Math.random)
  if (!targets.ok) throw new Error(formatDiagnostics(targets.error, { color: false }))
  const events: RunEvent[] = []
  const host = new FileHost('h1')
  const files = new LocalFiles(reader, '.', searchPaths)
  const result = await runPlaybook({
    id: '1',
    playbook: playbook.value,
    playbookDir: '.',
    inventory: inventory.value,
    targets: targets.value,
    extraVars: {},
    connect: () => host,
    services: {
      now: () => performance.now(),
      sleep: async () => undefined,
      emit: (event) => events.push(event),
      facts: { reads: factReads, parse: parseFacts },
      localFile: (name) => files.file(name),
      localTemplate: (name) => files.template(name),
    },
    options: {
      check: false,
      diff: false,
      forks: 5,
      forceHandlers: false,
      failOnChange: false,
      tags: { only: [], skip: [] },
      become: { wanted: false },
      verbosity: 0,
      limit: null,
    },
    control: { interrupted: false, bug: false, pending: null },
  })
  expect([result.exit, host.files.get('/etc/motd'), events.map((event) => event.event)]).toEqual([
    0,
    'hello',
    ['run_start', 'play_start', 'task_start', 'host_start', 'host_done', 'task_done', 'recap'],
  ])
})
