import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { exitCode } from './exit-code.ts'

/** The options of a run, as the user gave them. */
export interface RunFlags {
  readonly inventory: readonly string[]
  readonly limit?: string
  readonly extraVars: readonly string[]
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly check: boolean
  readonly diff: boolean
  readonly forks?: number
  readonly forceHandlers: boolean
  readonly user?: string
  readonly privateKey?: string
  readonly become: boolean
  readonly becomeUser?: string
  readonly becomeMethod?: 'sudo' | 'su'
  readonly askBecomePass: boolean
  readonly timeout?: number
  readonly acceptNewHostKeys: boolean
  readonly failOnChange: boolean
  readonly syntaxCheck: boolean
  readonly listHosts: boolean
  readonly listTasks: boolean
  readonly listTags: boolean
  readonly output?: 'tree' | 'lines' | 'json' | 'quiet'
  readonly journal?: string
  readonly verbose: number
  readonly color: boolean
}

/** What the program can be asked to do; each resolves to the exit status. */
export interface Commands {
  run(playbook: string | undefined, flags: RunFlags): Promise<number>
  verify(flags: RunFlags): Promise<number>
  facts(pattern: string | undefined, flags: RunFlags): Promise<number>
  map(pattern: string | undefined, flags: RunFlags): Promise<number>
  modules(name: string | undefined, flags: { readonly json: boolean }): Promise<number>
  inventory(
    action: 'list' | 'graph' | 'host',
    host: string | undefined,
    flags: Pick<RunFlags, 'inventory' | 'limit'>,
  ): Promise<number>
  lab(
    action: 'up' | 'status' | 'reset' | 'ssh',
    host: string | undefined,
    flags: Pick<RunFlags, 'inventory'> & { readonly command: readonly string[] },
  ): Promise<number>
}

const examples = `
Examples:
  vflag-play                                          roll out VF-LAG on the simulated lab
  vflag-play playbooks/vflag-lacp.yaml -i hosts.yaml --check --diff
  vflag-play playbooks/vflag-lacp.yaml -i hosts.yaml --limit hv7
  vflag-play teardown.yaml -i hosts.yaml

Exit status:
  0 all hosts fine, changed or not      4 a host was unreachable, none failed
  1 a bug in this program               5 usage, playbook, inventory or config is wrong
  2 a host failed                       130 interrupted
  3 --check --fail-on-change found pending changes
`

/** The command line: flags as in ansible-playbook, and ours. */
export function commandLine(version: string, commands: Commands, finish: (status: Promise<number>) => void): Command {
  const program = new Command('vflag-play')
    .description(
      'Roll out NVIDIA ConnectX VF-LAG across a fleet of hypervisors over SSH, from a playbook, safely repeatable.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .argument('[playbook]', 'playbook to run: a path, or a name under playbooks/ (default: playbooks/vflag-lacp.yaml)')
    .addHelpText('after', examples)
    .showSuggestionAfterError(true)
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
  runOptions(program)
  program.action((playbook: string | undefined, flags: RunFlags) =>
    finish(commands.run(playbook, { ...absent, ...flags })),
  )
  runOptions(program.command('verify').description('prove that VF-LAG works: runs playbooks/verify.yaml')).action(
    (flags: RunFlags) => finish(commands.verify({ ...absent, ...flags })),
  )
  runOptions(
    program
      .command('facts')
      .description('show what is learned of hosts')
      .argument('[pattern]', 'which hosts (default: all)'),
  ).action((pattern: string | undefined, flags: RunFlags) => finish(commands.facts(pattern, { ...absent, ...flags })))
  runOptions(
    program
      .command('map')
      .description('show which representor, port and VM belongs to which VF (--output json: as JSON)')
      .argument('[pattern]', 'which hosts (default: all)'),
  ).action((pattern: string | undefined, flags: RunFlags) => finish(commands.map(pattern, { ...absent, ...flags })))
  program
    .command('modules')
    .description('list the modules, or describe one')
    .argument('[name]', 'module to describe')
    .option('--json', 'as JSON', false)
    .action((name: string | undefined, flags: { json: boolean }) => finish(commands.modules(name, flags)))
  inventoryCommands(program, commands, finish)
  labCommands(program, commands, finish)
  return program
}

/** What holds when a flag is not given; the help need not say it. */
const absent = {
  inventory: [],
  extraVars: [],
  tags: [],
  skipTags: [],
  check: false,
  diff: false,
  forceHandlers: false,
  become: false,
  askBecomePass: false,
  acceptNewHostKeys: false,
  failOnChange: false,
  syntaxCheck: false,
  listHosts: false,
  listTasks: false,
  listTags: false,
  verbose: 0,
} as const

/** The exit status when commander ended the program (help, version, a wrong flag); null when something else was thrown. */
export function usageStatus(cause: unknown): number | null {
  if (!(cause instanceof CommanderError)) return null
  return cause.exitCode === 0 ? exitCode.ok : exitCode.wrongInput
}

function runOptions(command: Command): Command {
  return command
    .optionsGroup('What to run:')
    .addOption(inventoryOption())
    .option('-l, --limit <pattern>', 'only hosts that match as well')
    .option(
      '-e, --extra-vars <vars>',
      'variables over everything: k=v, @file.yaml, or YAML/JSON in braces (repeatable)',
      collect,
    )
    .option('-t, --tags <tags>', 'only tasks with these tags (comma list, repeatable)', collectList)
    .option('--skip-tags <tags>', 'no tasks with these tags (comma list, repeatable)', collectList)
    .optionsGroup('Look first:')
    .option('-C, --check', 'show what would be done and do nothing')
    .option('-D, --diff', 'show before and after of what changes')
    .option('--fail-on-change', 'with --check: exit status 3 when changes are pending')
    .option('--syntax-check', 'check playbook and inventory, contact nobody')
    .option('--list-hosts', 'show whom each play addresses')
    .option('--list-tasks', 'show the tasks that would run')
    .option('--list-tags', 'show the tags that there are')
    .optionsGroup('How to get in:')
    .option('-u, --user <name>', 'log in as this user')
    .option('--private-key <file>', 'log in with this key')
    .option('-b, --become', 'become another user on the host (sudo)')
    .option('--become-user <name>', 'whom to become (default: root)')
    .addOption(new Option('--become-method <method>', 'how to become').choices(['sudo', 'su']))
    .option('-K, --ask-become-pass', 'ask for the password that becoming needs')
    .option('-T, --timeout <seconds>', 'seconds to wait for a connection (default: 10)', wholeNumber)
    .option('--accept-new-host-keys', 'trust and remember host keys never seen before')
    .optionsGroup('How:')
    .option('-f, --forks <n>', 'hosts that are worked on at once (default: 20)', wholeNumber)
    .option('--force-handlers', 'run notified handlers on hosts that failed, too')
    .addOption(
      new Option('--output <kind>', 'how the run is shown (default: tree on a terminal, else lines)').choices([
        'tree',
        'lines',
        'json',
        'quiet',
      ]),
    )
    .option('--journal <file>', 'also write every event to this file, as JSON lines')
    .option('-v, --verbose', 'say more (repeatable)', (_value: string, before: number | undefined) => (before ?? 0) + 1)
    .option('--no-color', 'no colours')
}

function inventoryOption(): Option {
  return new Option(
    '-i, --inventory <file>',
    'inventory file, or host1,host2, (repeatable; default: inventory/lab.yaml)',
  ).argParser(collect)
}

function inventoryCommands(program: Command, commands: Commands, finish: (status: Promise<number>) => void): void {
  const inventory = program.command('inventory').description('show who is in an inventory')
  const sub = (name: 'list' | 'graph' | 'host', text: string) =>
    inventory
      .command(name)
      .description(text)
      .addOption(inventoryOption())
      .option('-l, --limit <pattern>', 'only these hosts')
  sub('list', 'groups and hosts with their variables, as JSON').action((flags) =>
    finish(commands.inventory('list', undefined, { ...absent, ...flags })),
  )
  sub('graph', 'groups and hosts as a tree').action((flags) =>
    finish(commands.inventory('graph', undefined, { ...absent, ...flags })),
  )
  sub('host', 'the variables of one host, as JSON')
    .argument('<host>')
    .action((host: string, flags) => finish(commands.inventory('host', host, { ...absent, ...flags })))
}

function labCommands(program: Command, commands: Commands, finish: (status: Promise<number>) => void): void {
  const lab = program.command('lab').description('the simulated hypervisors')
  const sub = (name: 'up' | 'status' | 'reset' | 'ssh', text: string) =>
    lab.command(name).description(text).addOption(inventoryOption())
  sub('up', 'keep them running for other tools, until Ctrl-C').action((flags) =>
    finish(commands.lab('up', undefined, { ...absent, ...flags, command: [] })),
  )
  sub('status', 'what state they are in').action((flags) =>
    finish(commands.lab('status', undefined, { ...absent, ...flags, command: [] })),
  )
  sub('reset', 'forget what was done to them')
    .argument('[host]')
    .action((host: string | undefined, flags) =>
      finish(commands.lab('reset', host, { ...absent, ...flags, command: [] })),
    )
  sub('ssh', 'log in to one, or run a command on it')
    .argument('<host>')
    .argument('[command...]')
    .action((host: string, command: string[], flags) =>
      finish(commands.lab('ssh', host, { ...absent, ...flags, command })),
    )
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function collectList(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...value.split(',').map((each) => each.trim())]
}

function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.')
  return Number(value)
}
