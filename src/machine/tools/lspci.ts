import { allPfs, cardOf } from '../kernel/card.ts'
import type { Machine, Tool } from '../machine.ts'
import { cardModels } from '../profiles/card-models.ts'
import { ownController } from '../sysfs/places.ts'
import { done, failed } from './program.ts'

interface Device {
  readonly pci: string
  readonly vendorId: string
  readonly deviceId: string
  readonly vendor: string
  readonly device: string
  readonly subsystem: string
  readonly subsystemIds: string
  readonly driver: string | null
}

/** lspci(8): -D, -n, -nn, -mm, -vmm, -k, -s, -d. The domain is not shown without -D where there is only domain 0000. */
export const lspci: Tool = ({ machine, args }) => {
  let slot: string | null = null
  let ids: string | null = null
  const flags = new Map<string, number>()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg.startsWith('-s')) slot = arg.length > 2 ? arg.slice(2) : (args[++at] ?? '')
    else if (arg.startsWith('-d')) ids = arg.length > 2 ? arg.slice(2) : (args[++at] ?? '')
    else if (/^-[Dnmvkq]+$/.test(arg)) for (const flag of arg.slice(1)) flags.set(flag, (flags.get(flag) ?? 0) + 1)
    else return failed(1, `lspci: invalid option -- '${arg.replace(/^-+/, '')}'\nUsage: lspci [<switches>]\n`)
  }
  const has = (flag: string) => flags.get(flag) ?? 0
  const all = devicesOf(machine)
  const devices = all.filter((each) => matches(each, slot, ids))
  const oneDomain = all.every(({ pci }) => pci.startsWith('0000:'))
  const name = (each: Device) => (has('D') > 0 || !oneDomain ? each.pci : each.pci.slice(5))
  const numbers = has('n')
  const named = (text: string, id: string) => (numbers === 1 ? id : numbers > 1 ? `${text} [${id}]` : text)
  if (has('m') > 0 && has('v') > 0) return done(devices.map((each) => record(each, name(each), named)).join(''))
  if (has('m') > 0)
    return done(
      devices
        .map((each) => {
          const [sv = '', sd = ''] = each.subsystemIds.split(':')
          return `${name(each)} "${named('Ethernet controller', '0200')}" "${named(each.vendor, each.vendorId)}" "${named(each.device, each.deviceId)}" -p00 "${named(each.vendor, sv)}" "${named(`Device ${sd}`, sd)}"\n`
        })
        .join(''),
    )
  return done(
    devices
      .map((each) => {
        const id = `${each.vendorId}:${each.deviceId}`
        const line =
          numbers === 1
            ? `${name(each)} 0200: ${id}`
            : `${name(each)} Ethernet controller${numbers > 1 ? ' [0200]' : ''}: ${each.vendor} ${each.device}${numbers > 1 ? ` [${id}]` : ''}`
        if (has('k') === 0 && has('v') === 0) return `${line}\n`
        const use = each.driver === null ? '' : `\tKernel driver in use: ${each.driver}\n`
        return `${line}\n\tSubsystem: ${each.vendor} ${each.subsystem}\n${use}\tKernel modules: ${each.vendorId === '15b3' ? 'mlx5_core' : 'e1000e'}\n${has('v') > 0 ? '\n' : ''}`
      })
      .join(''),
  )
}

function record(each: Device, slot: string, named: (text: string, id: string) => string): string {
  const [sv = '', sd = ''] = each.subsystemIds.split(':')
  const fields = [
    ['Slot', slot],
    ['Class', named('Ethernet controller', '0200')],
    ['Vendor', named(each.vendor, each.vendorId)],
    ['Device', named(each.device, each.deviceId)],
    ['SVendor', named(each.vendor, sv)],
    ['SDevice', named(each.subsystem, sd)],
    ['ProgIf', '00'],
  ]
  return `${fields.map(([key, value]) => `${key}:\t${value}\n`).join('')}\n`
}

function devicesOf(machine: Machine): readonly Device[] {
  const own = machine.kernel.links().filter(({ kind }) => kind === 'management')
  const management = [...new Set(own.map(ownController))].map(
    (pci): Device => ({
      pci,
      vendorId: '8086',
      deviceId: '15b7',
      vendor: 'Intel Corporation',
      device: 'Ethernet Connection (2) I219-LM',
      subsystem: 'Device 0000',
      subsystemIds: '8086:0000',
      driver: 'e1000e',
    }),
  )
  const functions = allPfs(machine.state).flatMap((pf): readonly Device[] => {
    const model = cardModels[cardOf(machine.state, pf).model]
    const common = {
      vendorId: '15b3',
      vendor: 'Mellanox Technologies',
      subsystem: model.description,
      subsystemIds: `15b3:${model.subsystemDevice}`,
    }
    return [
      { ...common, pci: pf.pci, deviceId: model.deviceId, device: model.pciName, driver: pf.driver },
      ...pf.vfs.map((vf) => ({
        ...common,
        pci: vf.pci,
        deviceId: model.vfDeviceId,
        device: model.vfPciName,
        driver: vf.driver,
      })),
    ]
  })
  return [...management, ...functions].sort((a, b) => (a.pci < b.pci ? -1 : 1))
}

/** `-s [[domain:]bus:]slot[.fn]` and `-d vendor:device`. */
function matches(device: Device, slot: string | null, ids: string | null): boolean {
  if (slot !== null) {
    const [where = '', fn = ''] = slot.toLowerCase().split('.')
    const parts = where.split(':')
    const own = device.pci.slice(0, -2).split(':')
    if (fn !== '' && fn !== device.pci.at(-1)) return false
    if (
      !parts.every(
        (part, at) =>
          part === '' || Number.parseInt(part, 16) === Number.parseInt(own[own.length - parts.length + at] ?? '', 16),
      )
    )
      return false
  }
  if (ids !== null) {
    const [vendor = '', id = ''] = ids.toLowerCase().split(':')
    if (vendor !== '' && vendor !== device.vendorId) return false
    if (id !== '' && id !== device.deviceId) return false
  }
  return true
}
