/** What `iptables -S` shows of a table. */
export interface RuleList {
  /** Policies of the built-in chains, by name. */
  readonly policies: ReadonlyMap<string, string>
  /** Rules as printed, `-A INPUT -j ACCEPT`, by chain. */
  readonly rules: ReadonlyMap<string, readonly string[]>
}

/** Reads `iptables -S` (iptables(8), "list-rules"). */
export function parseRules(text: string): RuleList {
  const policies = new Map<string, string>()
  const rules = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const policy = /^-P (\S+) (\S+)/.exec(line)
    const chain = /^-A (\S+)/.exec(line)?.[1]
    if (policy?.[1] !== undefined && policy[2] !== undefined) policies.set(policy[1], policy[2])
    if (chain !== undefined) rules.set(chain, [...(rules.get(chain) ?? []), line.trim()])
  }
  return { policies, rules }
}
