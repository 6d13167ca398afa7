import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { command } from '../../module/read.ts'
import type { CommandReading } from '../../module/reading.ts'
import { type RunStep, run } from '../../module/step.ts'
import { list } from '../../shared/text.ts'

interface Args {
  readonly name: string | readonly string[]
  readonly state: 'present' | 'absent' | 'latest'
}

type Manager = NonNullable<Facts['package_manager']>

interface State {
  /** Version by name; null for what is not installed. */
  readonly installed: ReadonlyMap<string, string | null>
  /** For `latest`: names that the repositories have a newer version of, or why that is not known. */
  readonly outdated: readonly string[] | { readonly error: string }
}

/** `package`: packages are installed or not, by the host's own package manager. */
export const packageModule = defineModule<Args, State>({
  name: 'package',
  summary: 'Install and remove packages',
  description: 'Works through dnf, yum or apt, whichever the host has. Several names go into one transaction.',
  args: {
    properties: {
      name: {
        description: 'One name, or a list of them. No groups, files or addresses.',
        type: ['string', 'array'],
        items: { type: 'string', pattern: '^[^-@/][^/\\s]*$' },
        pattern: '^[^-@/][^/\\s]*$',
        minLength: 1,
        minItems: 1,
        examples: ['mstflint', ['openvswitch', 'libvirt']],
      },
      state: {
        description:
          'present: installed, in any version; latest: the newest that the repositories have; absent: removed.',
        type: 'string',
        enum: ['present', 'absent', 'latest'],
        default: 'present',
      },
    },
    required: ['name'],
  },
  examples: [{ title: 'Install packages', yaml: 'package:\n  name: [mstflint, openvswitch]\n  state: present\n' }],
  needsFacts: true,
  reads: (args, facts) => {
    const manager = facts.package_manager
    if (manager === null) return []
    const queries = namesOf(args).map((name) => command(...query(manager, name)))
    return args.state === 'latest' ? [...queries, command(...updates(manager, namesOf(args)))] : queries
  },
  state: (args, seen, facts) => {
    const manager = facts.package_manager
    if (manager === null) return { installed: new Map(), outdated: [] }
    return {
      installed: new Map(namesOf(args).map((name) => [name, version(manager, seen.command(...query(manager, name)))])),
      outdated:
        args.state === 'latest'
          ? parseUpdates(manager, namesOf(args), seen.command(...updates(manager, namesOf(args))))
          : [],
    }
  },
  plan: (args, state, { facts }) =>
    facts.package_manager === null
      ? blocked('this host has neither dnf nor yum nor apt', 'install the packages by another way')
      : planPackages(args, state, facts.package_manager),
  disturbs: (args) => ['command:rpm', 'command:dpkg-query', 'command:systemctl', ...namesOf(args).flatMap(programsOf)],
})

function namesOf(args: Args): readonly string[] {
  return typeof args.name === 'string' ? args.name.split(',').map((name) => name.trim()) : args.name
}

function planPackages(args: Args, { installed, outdated }: State, manager: Manager): Plan {
  const names = namesOf(args)
  const there = names.filter((name) => installed.get(name) != null)
  const missing = names.filter((name) => installed.get(name) == null)
  if (args.state === 'absent') {
    if (there.length === 0) return unchanged(`${list(names)} ${are(names)} not installed`)
    return change(
      there.map((name) => delta(name, installed.get(name) ?? null, null)),
      [transaction(manager, 'remove', there)],
    )
  }
  if ('error' in outdated)
    return blocked(`${manager} cannot say whether there are newer versions: ${outdated.error}`, 'use state: present')
  const old = there.filter((name) => outdated.includes(name))
  if (missing.length + old.length === 0) {
    const how = args.state === 'latest' ? 'the newest version already' : 'installed already'
    return unchanged(`${list(names)} ${are(names)} ${how}`)
  }
  return change(
    [
      ...missing.map((name) => delta(name, null, 'installed')),
      ...old.map((name) => delta(name, installed.get(name) ?? null, 'newest version')),
    ],
    [
      ...(missing.length > 0 ? [transaction(manager, 'install', missing)] : []),
      ...(old.length > 0 ? [transaction(manager, 'upgrade', old)] : []),
    ],
  )
}

function are(names: readonly string[]): string {
  return names.length === 1 ? 'is' : 'are'
}

/** rpm(8), dpkg-query(1): asks the local database, no network. */
function query(manager: Manager, name: string): string[] {
  return manager === 'apt'
    ? ['dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Version}\\n', name]
    : ['rpm', '-q', '--qf', '%{VERSION}-%{RELEASE}\\n', name]
}

function version(manager: Manager, reading: CommandReading): string | null {
  if (reading.status !== 0) return null
  const lines = reading.stdout.split('\n').filter((line) => line.trim() !== '')
  if (manager !== 'apt') return lines.at(-1)?.trim() ?? 'installed'
  // `ii` is installed; `rc` is removed with its configuration left behind.
  return lines.map((line) => /^.i\s*\S*\s+(\S+)$/.exec(line.trim())?.[1]).find((found) => found !== undefined) ?? null
}

/** yum(8), dnf(8): `check-update` exits with 100 when there are updates. `apt-get -s` only simulates. */
function updates(manager: Manager, names: readonly string[]): string[] {
  return manager === 'apt'
    ? ['apt-get', '-s', 'install', '--only-upgrade', ...names]
    : [manager, '-q', 'check-update', ...names]
}

function parseUpdates(manager: Manager, names: readonly string[], reading: CommandReading): State['outdated'] {
  const lines = reading.stdout.split('\n')
  const error = reading.stderr.trim().split('\n').at(-1) || `exit status ${reading.status}`
  if (manager === 'apt') {
    if (reading.status !== 0) return { error }
    return names.filter((name) => lines.some((line) => line.startsWith(`Inst ${name} `)))
  }
  if (reading.status === 0) return []
  if (reading.status !== 100) return { error }
  return names.filter((name) => lines.some((line) => line.startsWith(`${name}.`)))
}

function transaction(manager: Manager, verb: 'install' | 'remove' | 'upgrade', names: readonly string[]): RunStep {
  if (manager !== 'apt') return run([manager, '-y', verb === 'upgrade' ? 'update' : verb, ...names])
  const words = verb === 'upgrade' ? ['install', '--only-upgrade'] : [verb]
  return run(['apt-get', '-y', '-q', ...words, ...names], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
}

/** Programs that come and go with a package: in check mode what they would say is not known. */
const programs: Readonly<Record<string, readonly string[]>> = {
  mstflint: ['mstconfig', 'mstflint', 'mstfwreset', 'mstlink'],
  openvswitch: ['ovs-vsctl', 'ovs-appctl', 'ovs-dpctl', 'ovs-ofctl'],
  'openvswitch-switch': ['ovs-vsctl', 'ovs-appctl', 'ovs-dpctl', 'ovs-ofctl'],
  iproute: ['ip', 'tc', 'devlink', 'bridge'],
  iproute2: ['ip', 'tc', 'devlink', 'bridge'],
  pciutils: ['lspci', 'setpci'],
  libvirt: ['virsh'],
  'libvirt-client': ['virsh'],
  'libvirt-clients': ['virsh'],
  networkmanager: ['nmcli'],
}

function programsOf(name: string): string[] {
  return [name, ...(programs[name.toLowerCase()] ?? [])].map((program) => `command:${program}`)
}
