/** What is known of a ConnectX device id (Debian pci.ids; drivers/net/ethernet/mellanox/mlx5/core/main.c, mlx5_core_pci_table). */
export interface CardModel {
  readonly card: string
  /** VF-LAG starts with ConnectX-5 (DPDK commit 2e569a370395, "net/mlx5: add VF LAG mode bonding device recognition"). */
  readonly vfLag: boolean
}

/** PCI vendor id of Mellanox. */
export const mellanox = '15b3'

/** Physical functions by device id. Virtual functions have ids of their own and are told by their `physfn` link. */
export const cardModels: Readonly<Record<string, CardModel>> = {
  '1013': { card: 'ConnectX-4', vfLag: false },
  '1015': { card: 'ConnectX-4 Lx', vfLag: false },
  '1017': { card: 'ConnectX-5', vfLag: true },
  '1019': { card: 'ConnectX-5 Ex', vfLag: true },
  '101b': { card: 'ConnectX-6', vfLag: true },
  '101d': { card: 'ConnectX-6 Dx', vfLag: true },
  '101f': { card: 'ConnectX-6 Lx', vfLag: true },
  '1021': { card: 'ConnectX-7', vfLag: true },
  '1023': { card: 'ConnectX-8', vfLag: true },
  a2d2: { card: 'BlueField', vfLag: true },
  a2d6: { card: 'BlueField-2', vfLag: true },
  a2dc: { card: 'BlueField-3', vfLag: true },
}
