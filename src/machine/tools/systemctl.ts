import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { systemdBanner } from '../profiles/systemd.ts'
import { userlandOf } from '../profiles/userland.ts'
import {
  findUnit,
  type Outcome,
  restartUnit,
  runGenerators,
  serviceOf,
  startUnit,
  stopUnit,
} from '../services/control.ts'
import { listTimers, timerOf } from '../services/timer-views.ts'
import { stopTimer } from '../services/timers.ts'
import { activeState, cat, fileState, listFiles, listUnits, show, status } from '../services/unit-views.ts'
import { type Unit, unitName } from '../services/units.ts'
import { done, failed, splitOptions } from './program.ts'
import { restartSoon } from './shutdown.ts'

/** systemctl(1), with the texts of systemd 219 (RHEL 7) or 252 (RHEL 9). */
export const systemctl: Tool = async ({ machine, args }) => {
  const options = splitOptions(args, {
    flags: [
      '-q',
      '--quiet',
      '--no-pager',
      '--no-legend',
      '--now',
      '--value',
      '-a',
      '--all',
      '-l',
      '--full',
      '--no-block',
      '--no-wall',
      '-f',
      '--force',
      '--no-ask-password',
      '--failed',
      '--version',
    ],
    valued: ['-p', '--property', '-P', '-t', '--type', '--state', '-n', '--lines', '-o', '--output', '--message'],
  })
  if (options.wrong !== null) return failed(1, `systemctl: unrecognized option '${options.wrong}'\n`)
  if (options.values.has('--version')) return done(systemdBanner(machine.state.profile.os))
  const [verb = 'list-units', ...names] = options.words
  const has = (...flags: string[]) => flags.some((flag) => options.values.has(flag))
  const quiet = has('-q', '--quiet')
  const units = names.map(unitName)
  switch (verb) {
    case 'start':
    case 'stop':
    case 'restart':
    case 'try-restart':
    case 'condrestart':
    case 'reload':
    case 'reload-or-restart':
      return units.length === 0 ? failed(1, 'Too few arguments.\n') : changeAll(machine, verb, units)
    case 'enable':
    case 'disable':
      return units.length === 0 ? failed(1, 'Too few arguments.\n') : install(machine, verb, units, has('--now'))
    case 'is-active':
      return states(
        units,
        quiet,
        (name) => activeWord(machine, name),
        (word) => word === 'active',
        3,
      )
    case 'is-failed':
      return states(
        units,
        quiet,
        (name) => activeWord(machine, name),
        (word) => word === 'failed',
        1,
      )
    case 'is-enabled':
      return isEnabled(machine, units, quiet)
    case 'is-system-running':
      return done(quiet ? '' : 'running\n')
    case 'status':
      return status(machine, units)
    case 'show':
      return show(machine, units, properties(options.values), has('--value') || options.values.has('-P'))
    case 'cat':
      return cat(machine, units)
    case 'daemon-reload':
      await runGenerators(machine)
      forgetGone(machine)
      return done()
    case 'daemon-reexec':
      forgetGone(machine)
      return done()
    case 'reset-failed':
      return resetFailed(machine, units)
    case 'list-unit-files':
      return listFiles(machine, units)
    case 'list-timers':
      return listTimers(machine)
    case 'list-units':
      return listUnits(machine, has('--failed') || (options.values.get('--state') ?? []).includes('failed'))
    case 'reboot':
      restartSoon(machine, 0)
      return done()
    default:
      return failed(1, unknownVerb(machine, verb))
  }
}

async function changeAll(machine: Machine, verb: string, names: readonly string[]): Promise<ProgramResult> {
  let stderr = ''
  let status = 0
  for (const name of names) {
    const timer = timerOf(machine, name)
    if (timer !== null) {
      if (verb === 'stop') stopTimer(machine, timer)
      continue
    }
    const unit = findUnit(machine, name)
    if (!unit && verb === 'stop') {
      stderr += `Failed to stop ${name}: Unit ${name} not loaded.\n`
      status = 5
      continue
    }
    if (!unit) {
      const which = old(machine) ? 'Unit not found.' : `Unit ${name} not found.`
      stderr += `Failed to ${verb} ${name}: ${which}\n`
      status = 5
      continue
    }
    const outcome = await change(machine, verb, unit)
    if (!outcome.ok) {
      stderr += failure(machine, name)
      status = 1
    }
  }
  return { status, stdout: '', stderr }
}

async function change(machine: Machine, verb: string, unit: Unit): Promise<Outcome> {
  if (verb === 'start') return startUnit(machine, unit)
  if (verb === 'stop') return stopUnit(machine, unit)
  const active = serviceOf(machine, unit.name).active
  if (verb === 'try-restart' || verb === 'condrestart') return active ? restartUnit(machine, unit) : { ok: true }
  if (verb === 'reload') return { ok: true }
  return restartUnit(machine, unit)
}

async function install(
  machine: Machine,
  verb: 'enable' | 'disable',
  names: readonly string[],
  now: boolean,
): Promise<ProgramResult> {
  let stderr = ''
  for (const name of names) {
    const unit = findUnit(machine, name)
    if (!unit) {
      return failed(
        1,
        old(machine)
          ? 'Failed to execute operation: No such file or directory\n'
          : `Failed to ${verb} unit: Unit file ${name} does not exist.\n`,
      )
    }
    if (unit.static) continue
    const before = serviceOf(machine, name)
    const enabled = verb === 'enable'
    if (before.enabled !== enabled) {
      machine.state.services[name] = { ...before, enabled }
      stderr += linkText(machine, unit, enabled)
    }
    if (now) {
      const outcome = await change(machine, enabled ? 'start' : 'stop', unit)
      if (!outcome.ok) return failed(1, stderr + failure(machine, name))
    }
  }
  return done('', stderr)
}

function linkText(machine: Machine, unit: Unit, enabled: boolean): string {
  const link = `/etc/systemd/system/multi-user.target.wants/${unit.name}`
  if (unit.path.startsWith('/etc/rc.d/')) {
    const script = unit.name.replace(/\.service$/, '')
    return `${script}.service is not a native service, redirecting to /sbin/chkconfig.\nExecuting /sbin/chkconfig ${script} ${enabled ? 'on' : 'off'}\n`
  }
  if (old(machine)) return enabled ? `Created symlink from ${link} to ${unit.path}.\n` : `Removed symlink ${link}.\n`
  return enabled ? `Created symlink ${link} -> ${unit.path}.\n` : `Removed "${link}".\n`
}

function states(
  names: readonly string[],
  quiet: boolean,
  word: (name: string) => string,
  good: (word: string) => boolean,
  otherwise: number,
): ProgramResult {
  const words = names.map(word)
  return {
    status: words.some(good) ? 0 : otherwise,
    stdout: quiet ? '' : words.map((each) => `${each}\n`).join(''),
    stderr: '',
  }
}

function isEnabled(machine: Machine, names: readonly string[], quiet: boolean): ProgramResult {
  let stdout = ''
  let stderr = ''
  let good = false
  for (const name of names) {
    const unit = findUnit(machine, name)
    if (!unit) {
      stderr += `Failed to get unit file state for ${name}: No such file or directory\n`
      continue
    }
    const word = fileState(machine, unit)
    good ||= word !== 'disabled'
    stdout += `${word}\n`
  }
  return { status: good && stderr === '' ? 0 : 1, stdout: quiet ? '' : stdout, stderr }
}

// RHEL 7 says `unknown` of a unit that it does not have.
function activeWord(machine: Machine, name: string): string {
  if (timerOf(machine, name) !== null) return 'active'
  if (!findUnit(machine, name)) return old(machine) ? 'unknown' : 'inactive'
  return activeState(machine, name)
}

/** systemd forgets a unit that does not run and whose file is gone. */
function forgetGone(machine: Machine): void {
  for (const [name, service] of Object.entries(machine.state.services))
    if (!service.active && !service.failed && !findUnit(machine, name)) delete machine.state.services[name]
}

function resetFailed(machine: Machine, names: readonly string[]): ProgramResult {
  const chosen = names.length === 0 ? Object.keys(machine.state.services) : names
  for (const name of chosen) {
    const service = machine.state.services[name]
    if (service) delete service.failed
    else return failed(1, `Failed to reset failed state of unit ${name}: Unit ${name} not loaded.\n`)
  }
  return done()
}

function failure(machine: Machine, name: string): string {
  const where = old(machine)
    ? `"systemctl status ${name}" and "journalctl -xe"`
    : `"systemctl status ${name}" and "journalctl -xeu ${name}"`
  return `Job for ${name} failed because the control process exited with error code.\nSee ${where} for details.\n`
}

function unknownVerb(machine: Machine, verb: string): string {
  return old(machine) ? `Unknown operation '${verb}'.\n` : `Unknown command verb ${verb}.\n`
}

function properties(values: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return ['-p', '--property', '-P'].flatMap((option) => values.get(option) ?? []).flatMap((each) => each.split(','))
}

const old = (machine: Machine): boolean => userlandOf(machine).ancient
