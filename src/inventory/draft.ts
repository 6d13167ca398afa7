import type { Place } from '../source/diagnostic.ts'
import type { VarTable } from './vars.ts'

/** A group while inventories are being read. */
export interface GroupDraft {
  readonly name: string
  readonly place: Place | null
  readonly hosts: Set<string>
  /** With the place where each child is named. */
  readonly children: Map<string, Place | null>
  readonly vars: VarTable
}

/** A host while inventories are being read. */
export interface HostDraft {
  readonly name: string
  readonly place: Place | null
  readonly vars: VarTable
}

/** What the inventory files read so far say, in the order of first appearance. */
export class Draft {
  readonly groups = new Map<string, GroupDraft>()
  readonly hosts = new Map<string, HostDraft>()

  constructor() {
    this.group('all', null)
    this.group('ungrouped', null)
  }

  group(name: string, place: Place | null): GroupDraft {
    const known = this.groups.get(name)
    if (known) return known
    const group: GroupDraft = { name, place, hosts: new Set(), children: new Map(), vars: new Map() }
    this.groups.set(name, group)
    return group
  }

  host(name: string, place: Place | null): HostDraft {
    const known = this.hosts.get(name)
    if (known) return known
    const host: HostDraft = { name, place, vars: new Map() }
    this.hosts.set(name, host)
    return host
  }
}
