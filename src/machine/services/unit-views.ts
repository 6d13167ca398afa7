import type { Machine, ProgramResult } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { done, failed } from '../tools/program.ts'
import { findUnit, serviceOf } from './control.ts'
import { shownLine } from './journal.ts'
import { timerProperties } from './timer-views.ts'
import { type Unit, unitFile, unitsOf } from './units.ts'

/** `systemctl status`: 3 when one is not active, 4 when one does not exist. */
export function status(machine: Machine, names: readonly string[]): ProgramResult {
  const parts: string[] = []
  let stderr = ''
  let rc = 0
  for (const name of names) {
    const unit = findUnit(machine, name)
    if (!unit) {
      stderr += `Unit ${name} could not be found.\n`
      rc = 4
      continue
    }
    const { active } = serviceOf(machine, name)
    if (!active) rc = 3
    const preset = old(machine) ? 'vendor preset: disabled' : 'preset: disabled'
    const since = new Date(machine.state.boot.at * 1000)
      .toUTCString()
      .replace(
        /^(...), (..) (...) (....) (.*) GMT$/,
        (_, day, date, month, year, time) =>
          `${day} ${year}-${String(months.indexOf(month) + 1).padStart(2, '0')}-${date} ${time} UTC`,
      )
    const what = {
      active: `active (${unit.oneshot ? 'exited' : 'running'}) since ${since}`,
      failed: 'failed (Result: exit-code)',
      inactive: 'inactive (dead)',
    }[activeState(machine, name)]
    const pad = old(machine) ? '   ' : '     '
    parts.push(
      [
        `* ${name} - ${unit.description}`,
        `${pad}Loaded: loaded (${unit.path}; ${fileState(machine, unit)}; ${preset})`,
        `${pad}Active: ${what}`,
        '',
        ...lastLines(machine, name),
      ].join('\n'),
    )
  }
  return { status: rc, stdout: parts.join('\n'), stderr }
}

/** `systemctl show`: the properties that were asked for, in the order of systemd; those of a unit that does not exist as well. */
export function show(
  machine: Machine,
  names: readonly string[],
  asked: readonly string[],
  bare: boolean,
): ProgramResult {
  const chosen = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .filter(([key]) => asked.length === 0 || asked.includes(key))
      .map(([key, value]) => (bare ? `${value}\n` : `${key}=${value}\n`))
      .join('')
  const blocks = names.map((name) => {
    if (name.endsWith('.timer') && !findUnit(machine, name)) return chosen(timerProperties(machine, name))
    const unit = findUnit(machine, name)
    const { active, starts } = serviceOf(machine, name)
    const values: Readonly<Record<string, string>> = {
      Type: unit?.oneshot ? 'oneshot' : 'simple',
      NRestarts: '0',
      MainPID: unit && active && !unit.oneshot ? String(1000 + starts) : '0',
      Id: name,
      Names: name,
      Description: unit?.description ?? name,
      LoadState: unit ? 'loaded' : 'not-found',
      ActiveState: unit ? activeState(machine, name) : 'inactive',
      SubState: unit ? subState(unit, activeState(machine, name)) : 'dead',
      Result: unit && activeState(machine, name) === 'failed' ? 'exit-code' : 'success',
      FragmentPath: unit && !unit.path.startsWith('/etc/rc.d/') ? unit.path : '',
      UnitFileState: unit ? fileState(machine, unit) : '',
    }
    return chosen(values)
  })
  return done(blocks.join('\n'))
}

/** `systemctl cat`. */
export function cat(machine: Machine, names: readonly string[]): ProgramResult {
  const texts: string[] = []
  for (const name of names) {
    const unit = findUnit(machine, name)
    if (!unit) return failed(1, `No files found for ${name}.\n`)
    const file = machine.files.read(unit.path)
    texts.push(`# ${unit.path}\n${file.ok ? Buffer.from(file.value).toString('utf8') : unitFile(unit)}`)
  }
  return done(texts.join('\n'))
}

/** `systemctl list-unit-files`. */
export function listFiles(machine: Machine, names: readonly string[]): ProgramResult {
  const units = allUnits(machine)
    .filter((unit) => names.length === 0 || names.includes(unit.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const rows = units.map((unit) => `${unit.name.padEnd(40)} ${fileState(machine, unit)}\n`)
  return done(`${'UNIT FILE'.padEnd(40)} STATE\n${rows.join('')}\n${units.length} unit files listed.\n`)
}

/** `systemctl list-units`: what is active or failed, or only the latter. */
export function listUnits(machine: Machine, onlyFailed: boolean): ProgramResult {
  const units = allUnits(machine)
    .filter(({ name }) => activeState(machine, name) === 'failed' || (!onlyFailed && serviceOf(machine, name).active))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const row = (name: string, load: string, active: string, sub: string, text: string) =>
    `${name.padEnd(30)} ${load.padEnd(6)} ${active.padEnd(6)} ${sub.padEnd(7)} ${text}\n`
  const rows = units.map((unit) =>
    row(
      unit.name,
      'loaded',
      activeState(machine, unit.name),
      subState(unit, activeState(machine, unit.name)),
      unit.description,
    ),
  )
  return done(
    `${row('UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION')}${rows.join('')}\n${units.length} loaded units listed.\n`,
  )
}

/** The word of systemd for how a unit is. */
export function activeState(machine: Machine, name: string): 'active' | 'failed' | 'inactive' {
  const { active, failed: bad } = serviceOf(machine, name)
  return bad ? 'failed' : active ? 'active' : 'inactive'
}

function subState(unit: Unit, state: ReturnType<typeof activeState>): string {
  if (state !== 'active') return state === 'failed' ? 'failed' : 'dead'
  return unit.oneshot ? 'exited' : 'running'
}

/** The system's own units that are installed, and those that people put there. */
function allUnits(machine: Machine): readonly Unit[] {
  const known = unitsOf(machine.state.profile).map(({ name }) => name)
  const folder = machine.files.list('/etc/systemd/system')
  const own = (folder.ok ? folder.value : []).filter((name) => name.endsWith('.service') && !known.includes(name))
  return [...known, ...own].flatMap((name) => findUnit(machine, name) ?? [])
}

/** `systemctl status` ends with what the unit said last. */
function lastLines(machine: Machine, name: string): readonly string[] {
  const lines = (machine.state.journal ?? []).filter(({ unit }) => unit === name).slice(-10)
  return lines.length === 0 ? [] : ['', ...lines.map((line) => shownLine(machine, line)), '']
}

/** `enabled`, `disabled` or `static`. */
export function fileState(machine: Machine, unit: Unit): string {
  return unit.static ? 'static' : serviceOf(machine, unit.name).enabled ? 'enabled' : 'disabled'
}

const old = (machine: Machine): boolean => userlandOf(machine).ancient

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
