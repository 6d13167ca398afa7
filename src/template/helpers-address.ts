import { parseMacAddress, parsePciAddress } from '../shared/brand.ts'
import type { Args, Helper } from './helper.ts'

/** Addresses as configuration files and libvirt want them (libvirt's domain XML, element `address` of type pci). */
export const addressHelpers: readonly Helper[] = [
  {
    name: 'hex',
    usage: 'number [digits]',
    summary: 'A whole number in base 16, with leading zeros up to that many digits.',
    example: ['{{hex 97 4}}', '0x0061'],
    arity: [1, 2],
    needs: 'whole',
    run: (args) => hex(args.whole(0, Number.MAX_SAFE_INTEGER), args.count > 1 ? args.whole(1, 16) : 1),
  },
  part('pciDomain', 'The domain of a PCI address, four digits.', '0x0000', 4, ([domain]) => domain),
  part('pciBus', 'The bus of a PCI address, two digits.', '0x61', 2, ([, bus]) => bus),
  part('pciSlot', 'The slot of a PCI address, two digits.', '0x00', 2, ([, , slot]) => slot),
  part('pciFunction', 'The function of a PCI address, one digit.', '0x1', 1, ([, , , fn]) => fn),
  {
    name: 'mac',
    usage: 'text',
    summary: 'A MAC address in lower case with colons.',
    example: ['{{mac vms.[0].mac}}', '52:54:00:ab:00:02'],
    arity: [1, 1],
    needs: 'whole',
    run: (args) => {
      const mac = parseMacAddress(args.text(0))
      if (mac === null) throw args.wrong(0, 'a MAC address like 52:54:00:ab:00:01')
      return mac
    },
  },
]

type Parts = readonly (string | undefined)[]

function part(
  name: string,
  summary: string,
  text: string,
  digits: number,
  choose: (parts: Parts) => string | undefined,
): Helper {
  const run = (args: Args) => hex(Number.parseInt(choose(pciParts(args)) ?? '', 16), digits)
  return { name, usage: 'address', summary, example: [`{{${name} pci}}`, text], arity: [1, 1], needs: 'whole', run }
}

function pciParts(args: Args): Parts {
  const address = parsePciAddress(args.text(0))
  if (address === null) throw args.wrong(0, 'a PCI address like 0000:61:00.1')
  return address.split(/[:.]/)
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}
