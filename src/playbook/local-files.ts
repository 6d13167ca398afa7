import { dirname, isAbsolute, join } from 'node:path'
import type { LocalFile } from '../module/module.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { didYouMean, list } from '../shared/text.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import type { SourceReader } from '../source/reader.ts'
import { type SourceText, sourceText } from '../source/text-map.ts'
import type { ScalarNode } from '../source/tree.ts'
import type { Template } from '../template/language.ts'
import { compileTemplate } from '../template/render.ts'

/** The two kinds of controller files, named after the folders they lie in. */
export type LocalKind = 'files' | 'templates'

/** Folders to look in after those of the playbook. */
export interface SearchPaths {
  readonly files: readonly string[]
  readonly templates: readonly string[]
}

/** Where a controller file is, null when there is none: in `files/` or `templates/` beside the playbook, beside it, then in the search paths. */
export function findLocal(
  reader: SourceReader,
  name: string,
  kind: LocalKind,
  playbookDir: string,
  searchPaths: readonly string[],
): string | null {
  const paths = isAbsolute(name)
    ? [name]
    : foldersFor(kind, playbookDir, searchPaths).map((folder) => join(folder, name))
  return paths.find((path) => !reader.isDirectory(path) && exists(reader, path)) ?? null
}

function exists(reader: SourceReader, path: string): boolean {
  const bytes = reader.readBytes(path)
  return bytes.ok || !bytes.error.missing
}

const foldersFor = (kind: LocalKind, playbookDir: string, searchPaths: readonly string[]) => [
  ...new Set([join(playbookDir, kind), playbookDir, ...searchPaths]),
]

/** Why a controller file cannot be used. */
export interface LocalProblem {
  readonly message: string
  readonly hint?: string
  /** Mistakes inside a template, with their places; empty when the file itself is the trouble. */
  readonly inside: readonly Diagnostic[]
}

/** A compiled template with its text, for pointing into it. */
export interface LocalTemplate {
  readonly template: Template
  readonly node: ScalarNode
}

/** The controller files of a run: each is found, read and compiled once, at load or when a name becomes known. */
export class LocalFiles {
  readonly #reader: SourceReader
  readonly #playbookDir: string
  readonly #search: SearchPaths
  readonly #files = new Map<string, Result<LocalFile, LocalProblem>>()
  readonly #templates = new Map<string, Result<LocalTemplate, LocalProblem>>()

  constructor(reader: SourceReader, playbookDir: string, search: SearchPaths) {
    this.#reader = reader
    this.#playbookDir = playbookDir
    this.#search = search
  }

  /** A file as it is, or one sentence about why not: for names that only rendering gives. */
  file(name: string): Result<LocalFile, string> {
    const found = this.findFile(name)
    return found.ok ? found : err(found.error.message)
  }

  /** A template, or one sentence about why not. */
  template(name: string): Result<Template, string> {
    const found = this.findTemplate(name)
    return found.ok ? ok(found.value.template) : err(found.error.message)
  }

  /** A file as it is. */
  findFile(name: string): Result<LocalFile, LocalProblem> {
    const known = this.#files.get(name)
    if (known) return known
    const found = this.#read(name, 'files')
    this.#files.set(name, found)
    return found
  }

  /** A template, compiled; `.xml.hbs` escapes what it inserts for XML. */
  findTemplate(name: string): Result<LocalTemplate, LocalProblem> {
    const known = this.#templates.get(name)
    if (known) return known
    const found = this.#compile(name)
    this.#templates.set(name, found)
    return found
  }

  #read(name: string, kind: LocalKind): Result<LocalFile, LocalProblem> {
    const path = findLocal(this.#reader, name, kind, this.#playbookDir, this.#search[kind])
    if (path === null) return err(this.#missing(name, kind))
    const bytes = this.#reader.readBytes(path)
    return bytes.ok
      ? ok({ name, path, bytes: bytes.value })
      : err({ message: `the ${singular[kind]} "${path}" ${bytes.error.message}`, inside: [] })
  }

  #compile(name: string): Result<LocalTemplate, LocalProblem> {
    const file = this.#read(name, 'templates')
    if (!file.ok) return file
    const { path } = file.value
    const text = this.#reader.read(path)
    if (!text.ok) return err({ message: `the template "${path}" ${text.error.message}`, inside: [] })
    const template = compileTemplate(text.value, { escape: name.endsWith('.xml.hbs') ? 'xml' : 'none' })
    const source = sourceText(path, text.value)
    if (template.ok) return ok({ template: template.value, node: wholeText(source) })
    const inside = template.error.map(
      ({ message, hint, span }): Diagnostic => ({
        severity: 'error',
        message,
        place: source.place(span.offset, span.length),
        ...(hint !== undefined && { hint }),
      }),
    )
    return err({ message: `the template "${path}" has mistakes: ${inside[0]?.message ?? ''}`, inside })
  }

  #missing(name: string, kind: LocalKind): LocalProblem {
    const folders = foldersFor(kind, this.#playbookDir, this.#search[kind])
    const near = folders.flatMap((folder) =>
      this.#reader.list(join(folder, dirname(name))).map((each) => join(dirname(name), each)),
    )
    const hint = didYouMean(name, near)
    const where = isAbsolute(name) ? '' : `, but must be in ${list(folders, 'or')}`
    return {
      message: `the ${singular[kind]} "${name}" does not exist${where}`,
      ...(hint !== undefined && { hint }),
      inside: [],
    }
  }
}

/** A file as one block of text. */
function wholeText(source: SourceText): ScalarNode {
  return {
    kind: 'scalar',
    value: source.text,
    raw: source.text,
    place: source.place(0, 1),
    style: 'block',
    within: source.place,
  }
}

const singular: Readonly<Record<LocalKind, string>> = { files: 'file', templates: 'template' }
