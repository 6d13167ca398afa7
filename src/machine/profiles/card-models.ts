/** The cards of the model, by the name that `lab.card` gives them. */
export type CardName = 'cx4lx' | 'cx5' | 'cx5ex' | 'cx6dx' | 'cx6dx-old' | 'cx6lx' | 'cx7' | 'bf2'

/** What is printed on a card and burnt into it, and what it can do. */
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
  /** Mb/s of a port. */
  readonly speed: number
  /** VF-LAG starts with ConnectX-5. */
  readonly vfLag: boolean
  /** Offload needs `inline-mode transport` (ConnectX-4 and 4 Lx). */
  readonly needsInline: boolean
  /** Chooses ports by hash: never, always, or only with LAG_RESOURCE_ALLOCATION=1 (ConnectX-6 Dx before xx.33.1048). */
  readonly hash: 'never' | 'always' | 'with-resources'
  /** Its Arm cores own the e-switch (DPU mode); the host may not change it. */
  readonly armOwnsEswitch: boolean
  /** Firmware parameters beside those that every card has, with their defaults. */
  readonly parameters: Readonly<Record<string, number>>
}

const mlx5Gen = 'ConnectX Family mlx5Gen Virtual Function'

const cx6dx: CardModel = {
  deviceId: '101d',
  vfDeviceId: '101e',
  subsystemDevice: '0040',
  psid: 'MT_0000000359',
  firmwareVersion: '22.39.1002',
  type: 'ConnectX6DX',
  part: 'MCX623106AN-CDA_Ax',
  description: 'ConnectX-6 Dx EN adapter card; 100GbE; Dual-port QSFP56; PCIe 4.0 x16; No Crypto and Secure Boot',
  pciName: 'MT2892 Family [ConnectX-6 Dx]',
  vfPciName: mlx5Gen,
  speed: 100_000,
  vfLag: true,
  needsInline: false,
  hash: 'always',
  armOwnsEswitch: false,
  parameters: { LAG_RESOURCE_ALLOCATION: 0 },
}

const cx5ex: CardModel = {
  ...cx6dx,
  deviceId: '1019',
  vfDeviceId: '101a',
  subsystemDevice: '0008',
  psid: 'MT_0000000013',
  firmwareVersion: '16.35.3006',
  type: 'ConnectX5',
  part: 'MCX516A-CDA_Ax_Bx',
  description: 'ConnectX-5 Ex EN network interface card; 100GbE dual-port QSFP28; PCIe4.0 x16; tall bracket; ROHS R6',
  pciName: 'MT28800 Family [ConnectX-5 Ex]',
  vfPciName: 'MT28800 Family [ConnectX-5 Ex Virtual Function]',
  hash: 'never',
}

/** Ids and names as in pci.ids, part numbers and descriptions as the vendor prints them, firmware versions of the field. */
export const cardModels: Readonly<Record<CardName, CardModel>> = {
  cx4lx: {
    ...cx5ex,
    deviceId: '1015',
    vfDeviceId: '1016',
    subsystemDevice: '0003',
    psid: 'MT_2420110034',
    firmwareVersion: '14.32.1010',
    type: 'ConnectX4LX',
    part: 'MCX4121A-ACA_Ax',
    description: 'ConnectX-4 Lx EN network interface card; 25GbE dual-port SFP28; PCIe3.0 x8; ROHS R6',
    pciName: 'MT27710 Family [ConnectX-4 Lx]',
    vfPciName: 'MT27710 Family [ConnectX-4 Lx Virtual Function]',
    speed: 25_000,
    vfLag: false,
    needsInline: true,
    parameters: {},
  },
  cx5: {
    ...cx5ex,
    deviceId: '1017',
    vfDeviceId: '1018',
    subsystemDevice: '0080',
    psid: 'MT_0000000080',
    part: 'MCX512A-ACA_Ax_Bx',
    description: 'ConnectX-5 EN network interface card; 10/25GbE dual-port SFP28; PCIe3.0 x8; tall bracket; ROHS R6',
    pciName: 'MT27800 Family [ConnectX-5]',
    vfPciName: 'MT27800 Family [ConnectX-5 Virtual Function]',
    speed: 25_000,
  },
  cx5ex,
  cx6dx,
  'cx6dx-old': { ...cx6dx, firmwareVersion: '22.31.1014', hash: 'with-resources' },
  cx6lx: {
    ...cx6dx,
    deviceId: '101f',
    subsystemDevice: '0001',
    psid: 'MT_0000000531',
    firmwareVersion: '26.39.1002',
    type: 'ConnectX6LX',
    part: 'MCX631102AN-ADA_Ax',
    description: 'ConnectX-6 Lx EN adapter card; 25GbE; Dual-port SFP28; PCIe 4.0 x8; No Crypto and Secure Boot',
    pciName: 'MT2894 Family [ConnectX-6 Lx]',
    speed: 25_000,
  },
  cx7: {
    ...cx6dx,
    deviceId: '1021',
    subsystemDevice: '0026',
    psid: 'MT_0000000834',
    firmwareVersion: '28.39.1002',
    type: 'ConnectX7',
    part: 'MCX713106AS-VEA_Ax',
    description: 'NVIDIA ConnectX-7 HHHL adapter card; 200GbE; Dual-port QSFP112; PCIe 5.0 x16; Crypto Disabled',
    pciName: 'MT2910 Family [ConnectX-7]',
    speed: 200_000,
  },
  bf2: {
    ...cx6dx,
    deviceId: 'a2d6',
    subsystemDevice: '0063',
    psid: 'MT_0000000560',
    firmwareVersion: '24.39.2048',
    type: 'BlueField2',
    part: 'MBF2M516A-CEEO_Ax_Bx',
    description:
      'BlueField-2 E-Series DPU 100GbE Dual-Port QSFP56; PCIe Gen4 x16; Crypto and Secure Boot Enabled; 16GB',
    pciName: 'MT42822 BlueField-2 integrated ConnectX-6 Dx network controller',
    hash: 'with-resources',
    armOwnsEswitch: true,
    parameters: { LAG_RESOURCE_ALLOCATION: 0, INTERNAL_CPU_MODEL: 1, INTERNAL_CPU_OFFLOAD_ENGINE: 0 },
  },
}
