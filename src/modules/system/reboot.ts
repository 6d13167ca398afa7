import { defineModule } from '../../module/module.ts'
import { blocked, change, delta } from '../../module/plan.ts'
import { attrs, command, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { run, type Step } from '../../module/step.ts'
import { splitWords } from './words.ts'

interface Args {
  readonly reboot_timeout: number
  readonly msg: string
  readonly pre_reboot_delay: number
  readonly post_reboot_delay: number
  readonly test_command?: string
  readonly wait_for_services: boolean
}

interface State {
  /** A new one at every boot (random(4)); null when it could not be read. */
  readonly bootId: string | null
  /** Seconds since boot; null when it was not asked for or the host does not say. */
  readonly uptime: number | null
  /** systemd is through with its start-up; true when nobody asked. */
  readonly started: boolean
  /** Whether the test command succeeded; true when there is none. */
  readonly healthy: boolean
}

const bootIdPath = '/proc/sys/kernel/random/boot_id'
const uptimePath = '/proc/uptime'

/** `reboot`: restarts a host and waits until it is back. */
export const reboot = defineModule<Args, State>({
  name: 'reboot',
  summary: 'Restart a host and wait until it is back',
  description:
    'Back means: it answers over SSH with another boot id, has been up for post_reboot_delay, and the test command, when one is given, succeeds.',
  args: {
    properties: {
      reboot_timeout: { description: 'Seconds that it may take.', type: 'integer', minimum: 1, default: 600 },
      msg: { description: 'What people on the host are told.', type: 'string', default: 'Restart by vflag-play' },
      pre_reboot_delay: { description: 'Seconds to wait before it.', type: 'integer', minimum: 0, default: 0 },
      post_reboot_delay: { description: 'Seconds that it must have been up.', type: 'integer', minimum: 0, default: 0 },
      test_command: {
        description:
          'A program with arguments, without a shell, that must succeed afterwards. It is run before as well, so it must change nothing.',
        type: 'string',
        minLength: 1,
        examples: ['systemctl is-active libvirtd'],
      },
      wait_for_services: {
        description:
          'Wait also until systemd has started, or failed to start, all that belongs to a boot (systemctl is-system-running)',
        type: 'boolean',
        default: false,
      },
    },
  },
  examples: [
    { title: 'Restart', yaml: 'reboot:\n  reboot_timeout: 900\n' },
    { title: 'Restart until a service is up', yaml: 'reboot:\n  test_command: systemctl is-active libvirtd\n' },
  ],
  fresh: true,
  reads: (args) => readsOf(args),
  state: (args, seen) => ({
    bootId: seen.value(bootIdPath),
    uptime: args.post_reboot_delay > 0 ? parseUptime(seen) : null,
    started: !args.wait_for_services || !isStarting(seen),
    healthy: testWords(args).length === 0 || seen.command(...testWords(args)).status === 0,
  }),
  plan: (args, state) => {
    if (state.bootId === null)
      return blocked(
        'the boot id could not be read, so nobody could tell when the host is back',
        `look at ${bootIdPath}`,
      )
    if (args.test_command !== undefined && testWords(args).length === 0)
      return blocked(`test_command is "${args.test_command}", but must be a program with arguments`)
    const pause: readonly Step[] = args.pre_reboot_delay > 0 ? [run(['sleep', String(args.pre_reboot_delay)])] : []
    return change([delta('the host', 'running', 'restarted')], [...pause, { kind: 'reboot', message: args.msg }], {
      rebooted: true,
    })
  },
  settles: { within: (args) => args.reboot_timeout + args.post_reboot_delay },
  settled: (args, before, after) =>
    after.bootId !== null &&
    after.bootId !== before.bootId &&
    after.started &&
    after.healthy &&
    (after.uptime === null || after.uptime >= args.post_reboot_delay),
  cutsLink: (args) => args.reboot_timeout,
  // After a restart nothing that was seen needs to be so any more.
  disturbs: () => ['**'],
})

const systemRead = command('systemctl', 'is-system-running')

/** systemctl(1): `initializing` and `starting` come before `running` and `degraded`; a host without systemd says none of these. */
const isStarting = (seen: Readings): boolean =>
  ['initializing', 'starting'].includes(seen.command(...systemRead.argv).stdout.trim())

function readsOf(args: Args): readonly Read[] {
  const paths = args.post_reboot_delay > 0 ? [bootIdPath, uptimePath] : [bootIdPath]
  const test = testWords(args)
  return [
    attrs(...paths),
    ...(args.wait_for_services ? [systemRead] : []),
    ...(test.length === 0 ? [] : [command(...test)]),
  ]
}

function testWords(args: Args): string[] {
  const words = splitWords(args.test_command ?? '')
  return words.ok ? [...words.value] : []
}

/** proc(5): two numbers, seconds since boot and seconds idle. */
function parseUptime(seen: Readings): number | null {
  const seconds = Number.parseFloat(seen.value(uptimePath) ?? '')
  return Number.isNaN(seconds) ? null : seconds
}
