/** What one file says of one interface, whatever its format. */
export interface Connection {
  /** As nmcli names it: `bond0`, `System eno1`. */
  readonly id: string
  /** Null when the file has none. */
  readonly uuid: string | null
  readonly path: string
  readonly device: string
  readonly type: 'bond' | 'ethernet'
  /** Comes up at boot. */
  readonly onBoot: boolean
  /** Of several for one device the one with the highest comes up (NetworkManager's autoconnect-priority). */
  readonly priority: number
  /** The bond that the interface belongs to. */
  readonly master: string | null
  /** The bond's, in the order of the file. */
  readonly options: readonly (readonly [name: string, value: string])[]
  readonly dhcp: boolean
  /** With prefix length. */
  readonly addresses: readonly string[]
  /** Calls of ethtool, as arguments. */
  readonly ethtool: readonly (readonly string[])[]
}
