/** What is learned of a host at the start of a play. Templates see it as `ansible_facts`. All of it is plain data. */
export interface Facts {
  readonly hostname: string
  readonly fqdn: string
  /** From /etc/os-release: `{id: 'rhel', version: '7.7', major: 7, family: 'redhat', name: 'Red Hat Enterprise Linux Server 7.7 (Maipo)'}`. */
  readonly distribution: {
    readonly id: string
    readonly version: string
    readonly major: number
    readonly family: 'redhat' | 'debian' | 'other'
    readonly name: string
  }
  /** `uname -r`. */
  readonly kernel: string
  /** `uname -m`. */
  readonly architecture: string
  readonly boot_id: string
  readonly package_manager: 'dnf' | 'yum' | 'apt' | null
  /** Release of systemd; null when the host does not say. */
  readonly systemd: number | null
  /** What applies network files: RHEL 7's network.service, NetworkManager, netplan, systemd-networkd. */
  readonly network_backend: 'network-scripts' | 'networkmanager' | 'netplan' | 'networkd' | null
  /** ConnectX PFs found by vendor and device id, in PCI order; a device that is a VF is not here. */
  readonly pfs: readonly PfFact[]
  /** The interface that carries this SSH session, when it could be found, and what it stands on (masters, lower links), itself included. */
  readonly management: { readonly interface: string | null; readonly uses: readonly string[] }
}

/** One ConnectX physical function. */
export interface PfFact {
  /** `0000:61:00.0` */
  readonly pci: string
  /** The name of its network interface; null while it has none. */
  readonly netdev: string | null
  readonly mac: string | null
  /** Without 0x: `15b3`, `1019`. */
  readonly vendor: string
  readonly device: string
  /** `ConnectX-5 Ex` */
  readonly card: string
  /** Whether cards of this device id can do VF-LAG. */
  readonly vf_lag: boolean
  /** phys_switch_id where it can be read. */
  readonly switch_id: string | null
  /** sys_image_guid of its RDMA device, 16 hex digits: one for all ports of a card. The second port has no device of its own while a LAG is active. */
  readonly system_image: string | null
  /** Serial number of the board (devlink-dev(8), `dev info`), where driver and iproute2 tell it. */
  readonly serial: string | null
  /** Port index of the card, 0 or 1: from phys_port_name, else the PCI function. */
  readonly port: number
  readonly driver: string | null
}

/** The PF that the user names by interface (`ens2f0`) or PCI address; null when the host has none such. */
export function findPf(facts: Facts, name: string): PfFact | null {
  const wanted = name.toLowerCase()
  return facts.pfs.find((pf) => pf.netdev === name || pf.pci === wanted || pf.pci === `0000:${wanted}`) ?? null
}
