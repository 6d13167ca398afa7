import { cardOf } from '../kernel/card.ts'
import type { Machine, ProgramResult, Sys } from '../machine.ts'
import { kernelOf } from '../profiles/kernels.ts'
import type { Pf } from '../state.ts'
import { done, failed } from './program.ts'

interface Param {
  readonly type: 'generic' | 'driver-specific'
  readonly cmode: 'runtime' | 'driverinit'
  readonly show: (machine: Machine, pf: Pf) => string | boolean
  readonly set: (machine: Machine, pf: Pf, value: string) => Sys | null
}

const bool = (value: string): boolean | null =>
  /^(true|1)$/.test(value) ? true : /^(false|0)$/.test(value) ? false : null

const switching = (
  cmode: Param['cmode'],
  type: Param['type'],
  show: (machine: Machine, pf: Pf) => boolean,
  change: (machine: Machine, pf: Pf, on: boolean) => Sys,
): Param => ({
  type,
  cmode,
  show,
  set: (machine, pf, value) => {
    const on = bool(value)
    return on === null ? null : change(machine, pf, on)
  },
})

/** Parameters of mlx5 that matter to VF-LAG (Documentation/networking/devlink/mlx5.rst). */
const params: Readonly<Record<string, Param>> = {
  enable_roce: switching(
    'driverinit',
    'generic',
    (_machine, pf) => pf.roce,
    (machine, pf, on) => machine.kernel.setRoce(pf, on),
  ),
  flow_steering_mode: {
    type: 'driver-specific',
    cmode: 'runtime',
    show: (_machine, pf) => pf.steering,
    set: (machine, pf, value) =>
      value === 'dmfs' || value === 'smfs' ? machine.kernel.setSteering(pf, value) : { ok: false, errno: 'EOPNOTSUPP' },
  },
  esw_port_metadata: switching(
    'runtime',
    'driver-specific',
    (_machine, pf) => pf.metadata,
    (machine, pf, on) => machine.kernel.setMetadata(pf, on),
  ),
  esw_multiport: switching(
    'runtime',
    'driver-specific',
    (machine, pf) => cardOf(machine.state, pf).lag.mode === 'mpesw',
    (machine, pf, on) => machine.kernel.setMultiport(pf, on),
  ),
}

/** `devlink dev param show [HANDLE [name NAME]]` and `set HANDLE name NAME value VALUE cmode MODE`. */
export function param(
  machine: Machine,
  command: string,
  pfs: readonly Pf[],
  words: readonly string[],
  json: boolean,
  refusal: (result: Extract<Sys<unknown>, { ok: false }>) => ProgramResult,
): ProgramResult {
  const known = Object.entries(params).filter(([name]) => name !== 'esw_multiport' || kernelOf(machine).multiportParam)
  const at = words.indexOf('name')
  const name = at < 0 ? null : (words[at + 1] ?? '')
  const chosen = known.filter(([each]) => name === null || each === name)
  if (command !== 'show' && command !== 'set') return failed(1, `Command "${command}" not found\n`)
  if (name !== null && chosen.length === 0) return refusal({ ok: false, errno: 'EINVAL' })
  if (command === 'show') return done(json ? asJson(machine, pfs, chosen) : asText(machine, pfs, chosen))
  const [pf] = pfs
  const [one] = chosen
  const value = words[words.indexOf('value') + 1]
  const cmode = words[words.indexOf('cmode') + 1]
  if (!pf || !one || name === null) return failed(1, 'Parameter name expected.\n')
  if (!words.includes('value') || value === undefined) return failed(1, 'Value to set expected.\n')
  if (!words.includes('cmode') || cmode === undefined) return failed(1, 'Configuration mode expected.\n')
  if (cmode !== one[1].cmode) return refusal({ ok: false, errno: 'EOPNOTSUPP' })
  const result = one[1].set(machine, pf, value)
  if (result === null) return failed(1, `Value "${value}" is not a number or not within range\n`)
  return result.ok ? done() : refusal(result)
}

function asText(machine: Machine, pfs: readonly Pf[], chosen: readonly (readonly [string, Param])[]): string {
  return pfs
    .map((pf) => {
      const lines = chosen.map(
        ([name, each]) =>
          `  name ${name} type ${each.type}\n    values:\n      cmode ${each.cmode} value ${each.show(machine, pf)}\n`,
      )
      return `pci/${pf.pci}:\n${lines.join('')}`
    })
    .join('')
}

function asJson(machine: Machine, pfs: readonly Pf[], chosen: readonly (readonly [string, Param])[]): string {
  const entries = pfs.map((pf) => [
    `pci/${pf.pci}`,
    chosen.map(([name, each]) => ({
      name,
      type: each.type,
      values: [{ cmode: each.cmode, value: each.show(machine, pf) }],
    })),
  ])
  return `${JSON.stringify({ param: Object.fromEntries(entries) })}\n`
}
