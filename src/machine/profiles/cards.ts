import { stableNumber } from '../identity.ts'
import type { Card, Pf, Profile } from '../state.ts'
import { type CardName, cardModels } from './card-models.ts'
import { userlands } from './userland.ts'

/** Where a host's cards are: the first on bus 61 of domain 0, a second one in a domain of its own. `maker` is the start of their MACs. */
const slots = [
  { place: '0000:61:00', redHat: 'ens2', debian: 'enp97s0', maker: '98:03:9b', guid: '98039b0300' },
  { place: '0001:a1:00', redHat: 'ens3', debian: 'enP1p161s0', maker: 'b8:ce:f6', guid: 'b8cef60300' },
] as const

/** How many cards a host can have. */
export const cardLimit = slots.length

/** The cards of a host as they come from the factory; a client has one without ports. */
export function pristineCards(host: string, profile: Profile): [Card, ...Card[]] {
  if (profile.card === 'none') return [noCard]
  const more = (profile.moreCards ?? []).map((name, at) => pristineCard(host, profile, name, at + 1))
  const first = pristineCard(host, profile, profile.card, 0)
  // A bond of its ports without VFs is an active RoCE LAG.
  const bonded = profile.management === 'bond' || profile.management === 'vlan'
  if (bonded && !cardModels[profile.card].armOwnsEswitch) first.lag.mode = 'roce'
  return [first, ...more]
}

const noLag: Card['lag'] = { mode: 'none', portSelect: 'queue_affinity', sharedFdb: false, map: [1, 2], stuck: false }

const noCard: Card = {
  model: 'cx5ex',
  guid: '0000000000000000',
  deviceId: '',
  vfDeviceId: '',
  subsystem: { vendor: '15b3', device: '' },
  psid: '',
  firmwareVersion: '',
  firmware: {},
  pfs: [],
  lag: noLag,
}

function pristineCard(host: string, profile: Profile, name: CardName, at: number): Card {
  const model = cardModels[name]
  const slot = slots[at] ?? slots[0]
  const serial = stableNumber(0xffff, host, at === 0 ? 'card' : `card ${at}`)
    .toString(16)
    .padStart(4, '0')
  const macBase = `${slot.maker}:${serial.slice(0, 2)}:${serial.slice(2)}`
  const setting = (value: number) => ({ default: value, current: value, next: value })
  const port = (pf: 0 | 1): Pf => ({
    pci: `${slot.place}.${pf}`,
    netdev: userlands[profile.os].family === 'debian' ? `${slot.debian}f${pf}np${pf}` : `${slot.redHat}f${pf}`,
    mac: `${macBase}:3${pf}`,
    peerUp: true,
    driver: 'mlx5_core',
    numvfs: 0,
    autoprobe: true,
    eswitch: { ...freshEswitch(name), ...(profile.multiport && { mode: 'switchdev' as const }) },
    ...freshParams(profile),
    vfs: [],
    tcRules: 0,
    counters: { rx_packets_phy: 0, tx_packets_phy: 0, rx_bytes_phy: 0, tx_bytes_phy: 0, link_down_events_phy: 0 },
  })
  return {
    model: name,
    guid: `${slot.guid}${serial}30`,
    deviceId: model.deviceId,
    vfDeviceId: model.vfDeviceId,
    subsystem: { vendor: '15b3', device: model.subsystemDevice },
    psid: model.psid,
    firmwareVersion: `${model.firmwareVersion} (${model.psid})`,
    firmware: {
      SRIOV_EN: setting(0),
      NUM_OF_VFS: setting(0),
      LINK_TYPE_P1: setting(2),
      LINK_TYPE_P2: setting(2),
      ...Object.fromEntries(Object.entries(model.parameters).map(([key, value]) => [key, setting(value)])),
    },
    pfs: [port(0), port(1)],
    lag: profile.multiport ? { ...noLag, mode: 'mpesw', portSelect: 'mpesw', sharedFdb: true } : { ...noLag },
  }
}

/** The e-switch of a PF whose driver was just loaded. */
export const freshEswitch = (name: CardName): Pf['eswitch'] => ({
  mode: 'legacy',
  inline: cardModels[name].needsInline ? 'link' : 'none',
  encap: 'basic',
})

/** What can be set by devlink parameters and OFED's files, as a driver that was just loaded has it. */
export const freshParams = (profile: Profile): Pick<Pf, 'steering' | 'metadata' | 'portSelectMode' | 'roce'> => ({
  steering: profile.ofed ? 'dmfs' : 'smfs',
  metadata: true,
  portSelectMode: 'queue_affinity',
  roce: true,
})
