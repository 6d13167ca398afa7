import { allPfs, cardOf } from '../kernel/card.ts'
import type { ProgramResult, Tool, ToolCall } from '../machine.ts'
import { cardModels } from '../profiles/card-models.ts'
import type { Card } from '../state.ts'
import { absent, confirm, done, failed, installed } from './program.ts'

/** mstconfig and mlxconfig (mstflint's mlxconfig): query and set. There only with the package mstflint. */
export const mstconfig: Tool = (call) => configure(call, 'mstconfig')

/** The same under MFT's name; there only with the package mft. */
export const mlxconfig: Tool = (call) => configure(call, 'mlxconfig')

function configure(tool: ToolCall, name: 'mstconfig' | 'mlxconfig'): ProgramResult | Promise<ProgramResult> {
  const { machine } = tool
  if (!installed(machine, name === 'mstconfig' ? 'mstflint' : 'mft')) return absent(name)
  const call = parse(tool.args)
  if (call.wrong !== null) return failed(1, `-E- ${call.wrong}\n`)
  const pf = allPfs(machine.state).find((each) => each.pci === call.device || each.pci === `0000:${call.device}`)
  if (!pf) return failed(3, '', '-E- Failed to open the device\n')
  if (call.command === 'q' || call.command === 'query') return query(cardOf(machine.state, pf), call)
  if (call.command === 's' || call.command === 'set') return set(cardOf(machine.state, pf), tool, call)
  if (call.command === 'r' || call.command === 'reset') return reset(cardOf(machine.state, pf), tool, call)
  return failed(1, `-E- Unknown command: ${call.command}\n`)
}

interface Call {
  readonly device: string
  readonly yes: boolean
  readonly extended: boolean
  readonly command: string
  readonly words: readonly string[]
  readonly wrong: string | null
}

function parse(args: readonly string[]): Call {
  const words: string[] = []
  let device = ''
  let yes = false
  let extended = false
  let wrong: string | null = null
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '-d' || arg === '--dev') device = args[++at] ?? ''
    else if (arg === '-y' || arg === '--yes') yes = true
    else if (arg === '-e' || arg === '--show_default') extended = true
    else if (arg.startsWith('-')) wrong ??= `Unknown option: ${arg}`
    else words.push(arg)
  }
  const [command = '', ...rest] = words
  if (device === '' && wrong === null) wrong = 'Device was not specified'
  return { device, yes, extended, command, words: rest, wrong }
}

/** A column; a value that fills it is still apart from the next. */
const cell = (text: string): string => `${text.padEnd(15)} `

/** How a value is printed: enumerations and booleans as `Text(number)`. */
function shown(name: string, value: number): string {
  if (name === 'SRIOV_EN') return value === 1 ? 'True(1)' : 'False(0)'
  if (name.startsWith('LINK_TYPE_')) return value === 2 ? 'ETH(2)' : 'IB(1)'
  if (name === 'LAG_RESOURCE_ALLOCATION') return value === 0 ? 'DEVICE_DEFAULT(0)' : `DEVICE_MODIFY(${value})`
  if (name === 'INTERNAL_CPU_MODEL') return value === 1 ? 'EMBEDDED_CPU(1)' : 'SEPARATED_HOST(0)'
  if (name === 'INTERNAL_CPU_OFFLOAD_ENGINE') return value === 0 ? 'ENABLED(0)' : 'DISABLED(1)'
  return String(value)
}

function header(card: Card, call: Call): string {
  const model = cardModels[card.model]
  const line = (key: string, value: string | undefined) => `${key.padEnd(20)}${value ?? ''}\n`
  return `\nDevice #1:\n----------\n\n${line('Device type:', model.type)}${line('Name:', model.part)}${line('Description:', model.description)}${line('Device:', call.device)}\n`
}

function query(card: Card, call: Call): ProgramResult {
  const settings = card.firmware
  const names = call.words.length === 0 ? Object.keys(settings) : call.words
  const unknown = names.find((name) => !settings[name])
  if (unknown !== undefined)
    return failed(3, '', `${header(card, call)}-E- The Device doesn't support ${unknown} parameter\n`)
  const columns = call.extended ? (['default', 'current', 'next'] as const) : (['next'] as const)
  const titles = { default: 'Default', current: 'Current', next: 'Next Boot' }
  let differs = false
  const rows = names.map((name) => {
    const setting = settings[name]
    if (!setting) return ''
    const changed = call.extended && (setting.next !== setting.default || setting.next !== setting.current)
    differs ||= changed
    const values = columns.map((column) => cell(shown(name, setting[column]))).join('')
    return `${changed ? '*' : ' '}       ${name.padEnd(36)}${values}`.trimEnd()
  })
  const title =
    `${'Configurations:'.padEnd(44)}${columns.map((column) => titles[column].padEnd(16)).join('')}`.trimEnd()
  const note = differs ? "The '*' shows parameters with next value different from default/current value.\n" : ''
  return done(`${header(card, call)}${title}\n${rows.join('\n')}\n${note}`)
}

async function set(card: Card, tool: ToolCall, call: Call): Promise<ProgramResult> {
  const settings = card.firmware
  const wanted: [string, number][] = []
  for (const word of call.words) {
    const [, name = '', text = ''] = /^([^=]+)=(.*)$/.exec(word) ?? []
    if (!settings[name]) return failed(3, '', `-E- The Device doesn't support ${name || word} parameter\n`)
    const value = numberOf(name, text)
    if (value === null) return failed(3, '', `-E- Failed to set ${name}: invalid value ${text}\n`)
    wanted.push([name, value])
  }
  if (wanted.length === 0) return failed(1, '-E- You must specify at least one parameter\n')
  const title = `${'Configurations:'.padEnd(44)}${'Next Boot'.padEnd(16)}New`
  const rows = wanted.map(([name, value]) => {
    const now = shown(name, settings[name]?.next ?? 0)
    return `        ${name.padEnd(36)}${cell(now)}${shown(name, value)}`
  })
  const asked = `${header(card, call)}${title}\n${rows.join('\n')}\n\n Apply new Configuration? (y/n) [n] : `
  const answer = await confirm(tool, asked, call.yes)
  if (!answer.yes) return failed(1, '', `${answer.shown}Aborted by user.\n`)
  for (const [name, value] of wanted) {
    const setting = settings[name]
    if (setting) setting.next = value
  }
  return done(`${answer.shown}Applying... Done!\n-I- Please reboot machine to load new configurations.\n`)
}

function numberOf(name: string, text: string): number | null {
  const words: Readonly<Record<string, number>> = { true: 1, false: 0, eth: 2, ib: 1, device_default: 0 }
  const value = words[text.toLowerCase()] ?? (/^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : null)
  if (value === null) return null
  if (name === 'SRIOV_EN') return value <= 1 ? value : null
  if (name === 'NUM_OF_VFS') return value <= 127 ? value : null
  return value
}

async function reset(card: Card, tool: ToolCall, call: Call): Promise<ProgramResult> {
  const asked = `${header(card, call)} Reset configuration for device ${call.device}? (y/n) [n] : `
  const answer = await confirm(tool, asked, call.yes)
  if (!answer.yes) return failed(1, '', `${answer.shown}Aborted by user.\n`)
  for (const setting of Object.values(card.firmware)) setting.next = setting.default
  return done(`${answer.shown}Applying... Done!\n-I- Please reboot machine to load new configurations.\n`)
}
