import { gave } from '../errno.ts'
import type { Sys } from '../machine.ts'

/** A thing in sysfs, procfs or debugfs, made anew whenever somebody looks: these file systems are views of the machine's state. */
export type Node = DirectoryNode | FileNode | LinkNode

/** A directory; `children` is asked anew at every look. */
export interface DirectoryNode {
  readonly type: 'directory'
  readonly mode: string
  readonly children: () => Readonly<Record<string, Node>>
}

/** An attribute: a show function, a store function, or both. */
export interface FileNode {
  readonly type: 'file'
  readonly mode: string
  readonly read: (() => Sys<string>) | null
  readonly write: ((text: string) => Sys | Promise<Sys>) | null
}

/** A symbolic link with its target as the kernel writes it. */
export interface LinkNode {
  readonly type: 'link'
  readonly target: string
}

/** A directory. */
export const dir = (children: () => Readonly<Record<string, Node>>, mode = '0755'): DirectoryNode => ({
  type: 'directory',
  mode,
  children,
})

/** A symbolic link. */
export const symlink = (target: string): LinkNode => ({ type: 'link', target })

/** A read-only attribute: the value and a newline. */
export const value = (show: () => string | number): FileNode => ({
  type: 'file',
  mode: '0444',
  read: () => gave(`${show()}\n`),
  write: null,
})

/** A read-only attribute that may refuse to be read. */
export const attempt = (show: () => Sys<string | number>): FileNode => ({
  type: 'file',
  mode: '0444',
  read: () => {
    const shown = show()
    return shown.ok ? gave(`${shown.value}\n`) : shown
  },
  write: null,
})

/** An attribute to read and write; what is written arrives without its final newline. */
export const setting = (show: () => string | number, store: (text: string) => Sys | Promise<Sys>): FileNode => ({
  type: 'file',
  mode: '0644',
  read: () => gave(`${show()}\n`),
  write: (text) => store(text.replace(/\n$/, '')),
})

/** An attribute that can only be written: reading fails even for root. */
export const trigger = (store: (text: string) => Sys | Promise<Sys>): FileNode => ({
  type: 'file',
  mode: '0200',
  read: null,
  write: (text) => store(text.replace(/\n$/, '')),
})

/** A read-only text as it is. */
export const textFile = (show: () => string, mode = '0444'): FileNode => ({
  type: 'file',
  mode,
  read: () => gave(show()),
  write: null,
})
