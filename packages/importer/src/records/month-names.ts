// Month names and their usual short forms, lower case, Latin accents removed, without a final point:
// en, de, fr, es, it, nl, pt, hu, hi, gu.
const NAMES: readonly string[] = [
  'jan january januar janner jaenner jaen janvier janv ene enero gen gennaio januari janeiro januar jan जनवरी જાન્યુઆરી',
  'feb february februar feber fevrier fevr febrero febbraio februari fev fevereiro febr फरवरी फ़रवरी ફેબ્રુઆરી',
  'mar march marz maerz mrz mars marzo maart mrt marco marcius marc मार्च માર્ચ',
  'apr april avril avr abr abril aprile aprilis अप्रैल એપ્રિલ',
  'may mai mayo mag maggio mei maio maj majus मई મે',
  'jun june juni juin junio giu giugno junho junius जून જૂન',
  'jul july juli juillet juil julio lug luglio julho julius जुलाई જુલાઈ',
  'aug august aout ago agosto augustus augusztus अगस्त ઑગસ્ટ ઓગસ્ટ',
  'sep sept september septembre septiembre set settembre setembro szept szeptember सितंबर सितम्बर સપ્ટેમ્બર',
  'oct october okt oktober octobre octubre ott ottobre out outubro अक्टूबर अक्तूबर ઑક્ટોબર ઓક્ટોબર',
  'nov november novembre noviembre novembro नवंबर नवम्बर નવેમ્બર',
  'dec december dez dezember decembre dic diciembre dicembre dezembro दिसंबर दिसम्बर ડિસેમ્બર',
];

const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.split(' ').map((name) => [name.normalize('NFC'), index + 1] as const)),
);

/** The number (1-12) of a month by its name in one of the ten languages, undefined for other words. */
export function monthOfName(word: string): number | undefined {
  const plain = word
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
  return MONTHS.get(plain);
}
