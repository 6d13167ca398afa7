import { allPfs, cardOf } from '../kernel/card.ts'
import type { ProgramResult, Tool, ToolCall } from '../machine.ts'
import type { Card, Pf } from '../state.ts'
import { absent, confirm, done, failed, installed, splitOptions } from './program.ts'
import { restartSoon } from './shutdown.ts'

/** mstfwreset of mstflint: query and reset (mstfwreset.py of mstflint 4.21). */
export const mstfwreset: Tool = (call) => fwreset(call, 'mstfwreset')

/** The same under MFT's name; there only with the package mft. */
export const mlxfwreset: Tool = (call) => fwreset(call, 'mlxfwreset')

async function fwreset(call: ToolCall, name: 'mstfwreset' | 'mlxfwreset'): Promise<ProgramResult> {
  const { machine, args } = call
  if (!installed(machine, name === 'mstfwreset' ? 'mstflint' : 'mft')) return absent(name)
  const options = splitOptions(args, {
    flags: ['-y', '--yes', '--skip_driver', '-s'],
    valued: ['-d', '--device', '-l', '--level', '-t', '--type'],
  })
  if (options.wrong !== null) return failed(2, `${name}: error: unrecognized arguments: ${options.wrong}\n`)
  const value = (short: string, long: string) => (options.values.get(short) ?? options.values.get(long))?.[0]
  const device = value('-d', '--device')
  if (device === undefined) return failed(2, `${name}: error: the following arguments are required: -d/--device\n`)
  const pf = allPfs(machine.state).find(({ pci }) => pci === device || pci === `0000:${device}`)
  if (!pf) return failed(1, `-E- Failed to open device ${device}. No such file or directory\n`)
  const level = Number(value('-l', '--level') ?? 3)
  switch (options.words[0]) {
    case 'q':
    case 'query':
      return done(levels)
    case 'r':
    case 'reset':
      return reset(call, { card: cardOf(machine.state, pf), pf, level })
    default:
      return failed(2, `${name}: error: the following arguments are required: command\n`)
  }
}

const levels = `Reset-levels:
0: Driver, PCI link, network link will remain up ("live-Patch")  -Not Supported 
3: Driver restart and PCI reset                                  -Supported     (default)
4: Warm Reboot                                                   -Supported     

Reset-types (relevant only for reset-levels 3,4):
0: Full chip reset                                               -Supported     (default)
1: Phy-less reset (keep network port active during reset)        -Not Supported 
`

const names: Readonly<Record<number, string>> = { 3: 'Driver restart and PCI reset', 4: 'Warm Reboot' }

async function reset(
  call: ToolCall,
  { card, pf, level }: { readonly card: Card; readonly pf: Pf; readonly level: number },
): Promise<ProgramResult> {
  const { args, machine } = call
  const name = names[level]
  if (name === undefined) return failed(1, `-E- Reset-level (${level}) is not supported\n`)
  const foreign = card.pfs
    .flatMap((each) => [each, ...each.vfs])
    .find(({ driver }) => driver !== null && driver !== 'mlx5_core')
  // Stopping a driver that is not its own is beyond it (mlxfwreset_mlnxdriver.py).
  if (foreign && level === 3) return failed(1, `-E- mlxfwreset doesn't support 3rd party driver (${foreign.driver})!\n`)
  const yes = args.includes('-y') || args.includes('--yes')
  const address = pf.pci.replace(/^0000:/, '')
  const asked = `\nMinimal reset level for device, ${address}:\n\n3: ${names[3]}\nContinue with reset?[y/N] `
  const answer = await confirm(call, asked, yes)
  if (!answer.yes) return failed(1, '-E- Aborted by user\n', answer.shown)
  if (level === 4) {
    restartSoon(machine, 0)
    return done(`${answer.shown}${line('Sending Reset Command To Fw')}${line('Sending reboot command to machine')}`)
  }
  await machine.kernel.resetFirmware(card)
  const stages = [
    'Sending Reset Command To Fw',
    'Stopping Driver',
    'Resetting PCI',
    'Starting Driver',
    'Restarting MST',
  ]
  return done(`${answer.shown}${stages.map(line).join('')}-I- FW was loaded successfully.\n`)
}

const line = (stage: string): string => `-I- ${stage.padEnd(40)}-Done\n`
