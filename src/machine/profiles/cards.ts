import { stableNumber } from '../identity.ts'
import type { Card, Pf, Profile } from '../state.ts'

/** What is printed on a card and burnt into it. */
export interface CardModel {
  readonly deviceId: string
  readonly vfDeviceId: string
  readonly subsystemDevice: string
  readonly psid: string
  readonly firmwareVersion: string
  /** mstconfig's "Device type", "Name" and "Description". */
  readonly type: string
  readonly part: string
  readonly description: string
  /** Names of PF and VF in pci.ids. */
  readonly pciName: string
  readonly vfPciName: string
}

/** The cards of the model; ids and names as in pci.ids. */
export const cardModels: Readonly<Record<'cx5ex' | 'cx6dx', CardModel>> = {
  cx5ex: {
    deviceId: '1019',
    vfDeviceId: '101a',
    subsystemDevice: '0008',
    psid: 'MT_0000000013',
    firmwareVersion: '16.35.3006 (MT_0000000013)',
    type: 'ConnectX5',
    part: 'MCX516A-CDA_Ax_Bx',
    description: 'ConnectX-5 Ex EN network interface card; 100GbE dual-port QSFP28; PCIe4.0 x16; tall bracket; ROHS R6',
    pciName: 'MT28800 Family [ConnectX-5 Ex]',
    vfPciName: 'MT28800 Family [ConnectX-5 Ex Virtual Function]',
  },
  cx6dx: {
    deviceId: '101d',
    vfDeviceId: '101e',
    subsystemDevice: '0040',
    psid: 'MT_0000000359',
    firmwareVersion: '22.39.1002 (MT_0000000359)',
    type: 'ConnectX6DX',
    part: 'MCX623106AN-CDA_Ax',
    description: 'ConnectX-6 Dx EN adapter card; 100GbE; Dual-port QSFP56; PCIe 4.0 x16; No Crypto and Secure Boot',
    pciName: 'MT2892 Family [ConnectX-6 Dx]',
    vfPciName: 'ConnectX Family mlx5Gen Virtual Function',
  },
}

/** A card as it comes from the factory, in slot 0000:61:00; a client has none. */
export function pristineCard(host: string, profile: Profile): Card {
  const model = profile.card === 'none' ? null : cardModels[profile.card]
  const serial = stableNumber(0xffff, host, 'card').toString(16).padStart(4, '0')
  const macBase = `98:03:9b:${serial.slice(0, 2)}:${serial.slice(2)}`
  return {
    guid: model ? `98039b0300${serial}30` : '0000000000000000',
    deviceId: model?.deviceId ?? '',
    vfDeviceId: model?.vfDeviceId ?? '',
    subsystem: { vendor: '15b3', device: model?.subsystemDevice ?? '' },
    psid: model?.psid ?? '',
    firmwareVersion: model?.firmwareVersion ?? '',
    firmware: model
      ? {
          SRIOV_EN: { default: 0, current: 0, next: 0 },
          NUM_OF_VFS: { default: 0, current: 0, next: 0 },
          LINK_TYPE_P1: { default: 2, current: 2, next: 2 },
          LINK_TYPE_P2: { default: 2, current: 2, next: 2 },
          LAG_RESOURCE_ALLOCATION: { default: 0, current: 0, next: 0 },
        }
      : {},
    pfs: model ? [pristinePf(0, `${macBase}:30`), pristinePf(1, `${macBase}:31`)] : [],
    lag: { mode: 'none', portSelect: 'queue_affinity', sharedFdb: false, map: [1, 2], stuck: false },
  }
}

function pristinePf(at: 0 | 1, mac: string): Pf {
  return {
    pci: `0000:61:00.${at}`,
    netdev: `ens2f${at}`,
    mac,
    peerUp: true,
    driver: 'mlx5_core',
    numvfs: 0,
    autoprobe: true,
    eswitch: { mode: 'legacy', inline: 'none', encap: 'basic' },
    vfs: [],
    tcRules: 0,
    counters: { rx_packets_phy: 0, tx_packets_phy: 0, rx_bytes_phy: 0, tx_bytes_phy: 0, link_down_events_phy: 0 },
  }
}
