import { addDevice, type HostDevice, hostDevices, parseDevice, removeDevice } from '../libvirt/domain-xml.ts'
import { takeDevice } from '../libvirt/host-device.ts'
import { unplug } from '../libvirt/life.ts'
import type { ProgramResult, ToolCall } from '../machine.ts'
import type { Domain } from '../state.ts'
import { failed } from './program.ts'
import { chat, print, type Request, type Said } from './virsh-request.ts'

/** Which of a domain's two descriptions a device goes into or out of. */
export const deviceFlags = ['--live', '--config', '--persistent', '--current']

/** `attach-device`: from the host into the running domain, its configuration, or both. */
export async function attach({ call, machine, domain, words, has }: Request): Promise<Said> {
  if (!domain) return print('')
  const file = words[1] ?? ''
  const device = readDevice(call, file)
  if ('status' in device) return device
  const fault = (message: string) => failed(1, `error: Failed to attach device from ${file}\nerror: ${message}\n`)
  const { live, config } = targets(domain, has)
  if (live && domain.liveXml === null) return fault('Requested operation is not valid: domain is not running')
  let mac = device.mac ?? ''
  if (live && domain.liveXml !== null) {
    const taken = await takeDevice(machine, domain, device)
    if (!taken.ok) return fault(taken.error)
    mac = taken.value
    domain.liveXml = addDevice(domain.liveXml, device, mac, true)
  }
  if (config) domain.persistentXml = addDevice(domain.persistentXml, device, mac, false)
  return chat('Device attached successfully\n')
}

/** `detach-device`: back to the host. */
export async function detach({ call, machine, domain, words, has }: Request): Promise<Said> {
  if (!domain) return print('')
  const file = words[1] ?? ''
  const device = readDevice(call, file)
  if ('status' in device) return device
  const fault = (message: string) => failed(1, `error: Failed to detach device from ${file}\nerror: ${message}\n`)
  const { live, config } = targets(domain, has)
  if (live && domain.liveXml === null) return fault('Requested operation is not valid: domain is not running')
  const inConfig = config ? matching(domain.persistentXml, device) : null
  const inLive = live && domain.liveXml !== null ? matching(domain.liveXml, device) : null
  if ((config && !inConfig) || (live && !inLive)) {
    return fault(
      device.kind === 'interface' && device.mac !== null
        ? `device not found: no device matching MAC address ${device.mac} found`
        : `device not found: host pci device ${device.pci} not found`,
    )
  }
  if (inConfig) domain.persistentXml = removeDevice(domain.persistentXml, inConfig.pci)
  if (inLive) unplug(machine, domain, inLive.pci)
  return chat('Device detached successfully\n')
}

// By MAC where one is given, else by the address on the host.
function matching(xml: string, device: HostDevice): HostDevice | null {
  return (
    hostDevices(xml).find((each) =>
      each.kind === device.kind && device.mac !== null
        ? each.mac === device.mac
        : each.kind === device.kind && each.pci === device.pci,
    ) ?? null
  )
}

function targets(domain: Domain, has: Request['has']): { readonly live: boolean; readonly config: boolean } {
  const running = domain.state === 'running'
  const asked = { live: has('--live'), config: has('--config') || has('--persistent') }
  if (has('--persistent')) return { live: asked.live || running, config: true }
  return asked.live || asked.config ? asked : { live: running, config: !running }
}

function readDevice(call: ToolCall, file: string): HostDevice | ProgramResult {
  let text = call.stdin
  if (file !== '/dev/stdin' && file !== '-') {
    const path = file.startsWith('/') ? file : `${call.cwd.replace(/\/$/, '')}/${file}`
    const read = call.machine.files.read(path)
    if (!read.ok) return failed(1, `error: Failed to open file '${file}': No such file or directory\n`)
    text = Buffer.from(read.value).toString('utf8')
  }
  const device = parseDevice(text)
  return device.ok ? device.value : failed(1, `error: Failed to attach device from ${file}\nerror: ${device.error}\n`)
}
