import { posix } from 'node:path'

/** An absolute path without `.` and `..`, from what was typed in a folder. */
export function resolvePath(base: string, path: string): string {
  return posix.resolve('/', base, path)
}

/** Whether a path is served by the kernel: writing there is a call, and opening for writing does not empty anything. */
export function isKernelPath(path: string): boolean {
  return path.startsWith('/sys/') || path.startsWith('/proc/')
}

/** The name of a program when a path is where programs lie, else null. */
export function programAt(path: string): string | null {
  return /^(?:\/usr)?\/s?bin\/([^/]+)$/.exec(path)?.[1] ?? null
}
