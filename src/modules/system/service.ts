import { defineModule } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { command } from '../../module/read.ts'
import { run, type Step } from '../../module/step.ts'
import { unreachable } from '../../shared/unreachable.ts'

interface Args {
  readonly name: string
  readonly state?: 'started' | 'stopped' | 'restarted' | 'reloaded'
  readonly enabled?: boolean
}

/** Words of systemd, from `systemctl show`. */
interface Unit {
  /** loaded, not-found, masked, error, bad-setting. */
  readonly load: string
  /** active, reloading, inactive, failed, activating, deactivating. */
  readonly active: string
  /** enabled, disabled, static, masked, generated, ...; empty when systemd does not know. */
  readonly file: string
  /** Why systemctl itself failed; null when it did not. */
  readonly error: string | null
}

/** `service`: a systemd unit runs and starts at boot, or not. */
export const service = defineModule<Args, Unit>({
  name: 'service',
  summary: 'Start, stop and enable services',
  description:
    'Works through systemctl. `restarted` and `reloaded` act every time, so use them in handlers; a stopped service is started by both. A service that does not stay up fails the task.',
  args: {
    properties: {
      name: { description: 'The unit; `.service` may be left out.', type: 'string', pattern: '^[^-\\s/][^\\s/]*$' },
      state: {
        description: 'How it has to be.',
        type: 'string',
        enum: ['started', 'stopped', 'restarted', 'reloaded'],
      },
      enabled: { description: 'Whether it starts at boot.', type: 'boolean' },
    },
    required: ['name'],
  },
  examples: [
    {
      title: 'Start a service now and at boot',
      yaml: 'service:\n  name: openvswitch\n  state: started\n  enabled: true\n',
    },
    { title: 'Restart it', yaml: 'service:\n  name: openvswitch\n  state: restarted\n' },
  ],
  reads: (args) => [command(...show(args.name))],
  more: (args, seen) =>
    args.enabled !== undefined && isUnclear(parseUnit(seen.command(...show(args.name))))
      ? [command('systemctl', 'is-enabled', args.name)]
      : [],
  state: (args, seen) => {
    const unit = parseUnit(seen.command(...show(args.name)))
    if (args.enabled === undefined || !isUnclear(unit)) return unit
    return { ...unit, file: seen.command('systemctl', 'is-enabled', args.name).status === 0 ? 'enabled' : 'disabled' }
  },
  plan: (args, unit) => refusal(args, unit) ?? planUnit(args, unit),
  settles: { within: () => 30 },
  settled: (args, _before, after) =>
    refusal(args, after) === null && enabledDeltas(args, after).length === 0 && isInState(args, after),
  disturbs: () => ['command:systemctl'],
})

function show(name: string): string[] {
  return ['systemctl', 'show', '-p', 'LoadState,ActiveState,UnitFileState', name]
}

function parseUnit(reading: { readonly status: number; readonly stdout: string; readonly stderr: string }): Unit {
  const values = new Map(reading.stdout.split('\n').map((line) => splitPair(line)))
  const error = reading.status === 0 ? null : reading.stderr.trim() || `exit status ${reading.status}`
  return {
    load: values.get('LoadState') ?? '',
    active: values.get('ActiveState') ?? '',
    file: values.get('UnitFileState') ?? '',
    error,
  }
}

function splitPair(line: string): [string, string] {
  const at = line.indexOf('=')
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

/** SysV scripts: only is-enabled, which asks chkconfig, knows. */
function isUnclear(unit: Unit): boolean {
  return unit.load === 'loaded' && ['', 'bad', 'generated'].includes(unit.file)
}

function refusal(args: Args, unit: Unit): Plan | null {
  if (unit.error !== null) return blocked(`systemctl failed: ${unit.error}`, 'this module needs systemd')
  if (unit.load === 'not-found') {
    // Nothing to stop or disable is what was asked for.
    if (args.state === 'stopped' && args.enabled !== true) return null
    return blocked(
      `there is no service "${args.name}"`,
      `systemctl list-unit-files lists what there is; is its package installed?`,
    )
  }
  const wantsIt = args.enabled === true || (args.state !== undefined && args.state !== 'stopped')
  if ((unit.load === 'masked' || unit.file === 'masked') && wantsIt)
    return blocked(`the service "${args.name}" is masked`, `systemctl unmask ${args.name}`)
  return null
}

function planUnit(args: Args, unit: Unit): Plan {
  const steps: Step[] = []
  const deltas: Delta[] = enabledDeltas(args, unit)
  if (deltas.length > 0) steps.push(run(['systemctl', args.enabled ? 'enable' : 'disable', args.name]))
  const verb = verbFor(args, unit)
  if (verb === 'wait')
    return wait(`${args.name} is ${unit.active}`, { again: 1, upTo: 60 }, `journalctl -u ${args.name} says why`)
  if (verb !== null) {
    deltas.push(delta(args.name, unit.active, args.state ?? null))
    steps.push(run(['systemctl', verb, args.name]))
  }
  if (steps.length > 0) return change(deltas, steps, { name: args.name })
  return unchanged(whyUnchanged(args, unit), { name: args.name })
}

function enabledDeltas(args: Args, unit: Unit): Delta[] {
  if (args.enabled === undefined || ['static', 'indirect'].includes(unit.file) || unit.load === 'not-found') return []
  const enabled = ['enabled', 'alias', 'generated'].includes(unit.file)
  if (enabled === args.enabled) return []
  return [delta(`${args.name} at boot`, unit.file || 'disabled', args.enabled ? 'enabled' : 'disabled')]
}

function verbFor(args: Args, unit: Unit): 'start' | 'stop' | 'restart' | 'reload' | 'wait' | null {
  const running = unit.active === 'active' || unit.active === 'reloading'
  switch (args.state) {
    case undefined:
      return null
    case 'restarted':
      return 'restart'
    case 'reloaded':
      return running ? 'reload' : 'start'
    case 'started':
      if (unit.active === 'activating' || unit.active === 'deactivating') return 'wait'
      return running ? null : 'start'
    case 'stopped':
      if (unit.active === 'deactivating') return 'wait'
      return running || unit.active === 'activating' ? 'stop' : null
    default:
      return unreachable(args.state)
  }
}

/** After the steps: what is restarted or reloaded has to be up. */
function isInState(args: Args, unit: Unit): boolean {
  if (args.state === undefined) return true
  if (args.state === 'stopped') return unit.active === 'inactive' || unit.active === 'failed' || unit.active === ''
  return unit.active === 'active'
}

function whyUnchanged(args: Args, unit: Unit): string {
  if (unit.load === 'not-found') return `there is no service "${args.name}" that could run`
  const parts = [
    ...(args.state === undefined ? [] : [unit.active]),
    ...(args.enabled === undefined ? [] : [unit.file === '' ? 'disabled' : unit.file]),
  ]
  return parts.length === 0 ? `nothing is asked of ${args.name}` : `${args.name} is ${parts.join(' and ')} already`
}
