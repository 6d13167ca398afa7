/** A flow of the datapath. */
export interface DatapathFlow {
  /** The port that its packets come in by. */
  readonly from: string
  /** The ports that it sends them to; none for a flow that drops. */
  readonly to: readonly string[]
  readonly packets: number
  /** `yes`: the card forwards. `partial`: it helps the kernel. `no`: the kernel forwards. */
  readonly offloaded: 'yes' | 'partial' | 'no'
}

/** Reads `ovs-appctl dpctl/dump-flows -m --names` (OVS: lib/dpctl.c, lib/odp-util.c): one flow a line; `offloaded:` stands only where something is. */
export function parseDatapathFlows(text: string): readonly DatapathFlow[] {
  return text.split('\n').flatMap((line) => {
    const from = /\bin_port\(([^)]+)\)/.exec(line)?.[1]
    const actions = /\bactions:(.*)$/.exec(line)?.[1]
    if (from === undefined || actions === undefined) return []
    const offloaded = /\boffloaded:(yes|partial)\b/.exec(line)?.[1]
    return [
      {
        from,
        to: outputs(actions),
        packets: Number(/\bpackets:(\d+)/.exec(line)?.[1] ?? 0),
        offloaded: offloaded === 'yes' || offloaded === 'partial' ? offloaded : 'no',
      } as const,
    ]
  })
}

/** Actions without parentheses are ports, except these words (odp-util.c, format_odp_action). */
const words = new Set(['drop', 'pop_vlan', 'pop_eth', 'pop_nsh', 'ct', 'ct_clear', ''])

function outputs(actions: string): readonly string[] {
  let plain = actions.trim()
  // Innermost first: actions nest (`clone(ct(commit),bond0)`).
  for (let before = ''; before !== plain; ) {
    before = plain
    plain = plain.replaceAll(/[A-Za-z_0-9]+\([^()]*\)/g, '')
  }
  return plain.split(',').flatMap((each) => (words.has(each.trim()) ? [] : [each.trim()]))
}
