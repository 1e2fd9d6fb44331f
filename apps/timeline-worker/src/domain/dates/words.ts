// The words dates are written with, in English, Gujarati and Hindi (Devanagari). One line per meaning.

/** What a word of a date means. Months, days and tithis carry their number. */
export type WordMeaning =
  | { kind: 'gregorianMonth'; value: number }
  | { kind: 'lunarMonth'; value: number }
  | { kind: 'ordinal'; value: number }
  | { kind: 'tithi'; value: number; endOf?: 'sud' | 'vad' }
  | { kind: 'paksha'; value: 'sud' | 'vad' }
  | { kind: 'season'; value: number | 'monsoon' }
  /** `loose` words (`later`) tell a part only of a decade or a century. */
  | { kind: 'part'; value: 'early' | 'mid' | 'late'; loose?: boolean }
  | { kind: 'half'; value: 'half' | 'quarter' | 'third' }
  | { kind: 'bound'; value: 'before' | 'after' | 'between' | 'from' | 'to' | 'and' | 'until' }
  /** Stands after its date. */
  | { kind: 'trailing'; value: 'before' | 'after' | 'until' | 'between' | 'circa' }
  | { kind: 'weekday' | 'adhik' | 'samvat' | 'shaka' | 'ce' | 'bce' | 'circa' | 'possibly' | 'century' | 'filler' };

const GREGORIAN_MONTHS = [
  'january jan જાન્યુઆરી जनवरी',
  'february feb ફેબ્રુઆરી फरवरी फ़रवरी',
  'march mar માર્ચ मार्च',
  'april apr એપ્રિલ अप्रैल',
  'may મે मई',
  'june jun જૂન જુન जून',
  'july jul જુલાઈ જુલાઇ जुलाई',
  'august aug ઑગસ્ટ ઓગસ્ટ ઓગષ્ટ अगस्त',
  'september sept sep સપ્ટેમ્બર सितंबर सितम्बर',
  'october oct ઑક્ટોબર ઓક્ટોબર अक्टूबर अक्तूबर',
  'november nov નવેમ્બર नवंबर नवम्बर',
  'december dec ડિસેમ્બર दिसंबर दिसम्बर',
];

const LUNAR_MONTHS = [
  'chaitra chaitr chait caitra ચૈત્ર चैत्र चैत',
  'vaishakh vaisakh vaishakha vaisakha baisakh વૈશાખ वैशाख बैसाख',
  'jeth jyeshtha jyeshth jyaishtha jyestha jestha jesth jyesth જેઠ જ્યેષ્ઠ जेठ ज्येष्ठ',
  'ashadh ashadha asadh asadha aashadh ashad asad અષાઢ આષાઢ અસાડ आषाढ आषाढ़ असाढ़',
  'shravan shravana sravan sravana shrawan sawan savan શ્રાવણ श्रावण सावन',
  'bhadarvo bhadarva bhadrapad bhadrapada bhadra bhado bhadon ભાદરવો ભાદરવા ભાદ્રપદ भाद्रपद भाद्र भादो भादों',
  'aso aaso ashwin ashvin asvin ashvina ashwina asvina asoj આસો અશ્વિન આશ્વિન आश्विन अश्विन आसोज क्वार',
  'kartik kartika karttika kartak કાર્તિક કારતક કાર્તક कार्तिक',
  'magshar maagshar magasar magsar margashirsh margashirsha margasirsa margshirsh agahan માગશર માગસર માર્ગશીર્ષ मार्गशीर्ष मार्गशिर अगहन',
  'posh paush pausha pausa poush પોષ પૌષ पौष पूस',
  'maha magh magha મહા માહ માઘ माघ',
  'fagan fagun phagan phagun phalgun phalguna falgun falguna ફાગણ ફાલ્ગુન फाल्गुन फाल्गुण फागुन',
];

/** Names of the fifteen tithis of a half; the fifteenth is named by its half, below. */
const TITHIS = [
  'ekam padvo pratipada padwa એકમ પડવો પ્રતિપદા एकम प्रतिपदा',
  'bij beej dvitiya dwitiya બીજ દ્વિતીયા दूज द्वितीया',
  'trij teej tritiya ત્રીજ તૃતીયા तीज तृतीया',
  'choth chauth chaturthi ચોથ ચતુર્થી चौथ चतुर्थी',
  'pancham panchami પાંચમ પંચમી पंचमी पञ्चमी',
  'chhath shashthi sasthi છઠ છઠ્ઠ ષષ્ઠી छठ षष्ठी',
  'satam saptami સાતમ સપ્તમી सप्तमी',
  'atham aatham ashtami astami આઠમ અષ્ટમી अष्टमी',
  'nom navami nomi નોમ નવમી नवमी',
  'dasham dashami dasami દશમ દસમ દશમી दशमी',
  'agiyaras agyaras ekadashi ekadasi અગિયારસ અગિયારશ એકાદશી एकादशी',
  'baras dwadashi dvadashi બારસ દ્વાદશી बारस द्वादशी',
  'teras trayodashi તેરસ ત્રયોદશી तेरस त्रयोदशी',
  'chaudas chaturdashi ચૌદસ ચતુર્દશી चौदस चतुर्दशी',
];

const ORDINALS = [
  'first પ્રથમ',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
  'eleventh',
  'twelfth',
  'thirteenth',
  'fourteenth',
  'fifteenth',
  'sixteenth',
  'seventeenth',
  'eighteenth',
  'nineteenth',
  'twentieth',
];

const OTHERS: [string, WordMeaning][] = [
  ['punam poonam purnima પૂનમ પૂર્ણિમા पूनम पूर्णिमा', { kind: 'tithi', value: 15, endOf: 'sud' }],
  ['amas amaas amavasya અમાસ અમાવાસ્યા अमावस्या अमावास्या अमास', { kind: 'tithi', value: 15, endOf: 'vad' }],
  [
    'sud suda sudi shud shudi shuddh shuddha sudh shukla sukla bright સુદ સુદિ સુદી શુદ શુક્લ શુદ્ધ सुद सुदी सुदि शुक्ल शुद्ध',
    { kind: 'paksha', value: 'sud' },
  ],
  [
    'vad vada vadi vadya bad badi krishna krsna dark વદ વદિ વદી વદ્ય કૃષ્ણ वद वदी वदि बदी वद्य कृष्ण',
    { kind: 'paksha', value: 'vad' },
  ],
  ['adhik adhika અધિક अधिक', { kind: 'adhik' }],
  ['samvat samwat sambat સંવત संवत संवत् सम्वत', { kind: 'samvat' }],
  ['shaka saka shake shak શક શાકે शक शके', { kind: 'shaka' }],
  ['spring', { kind: 'season', value: 21 }],
  ['summer', { kind: 'season', value: 22 }],
  ['autumn fall', { kind: 'season', value: 23 }],
  ['winter', { kind: 'season', value: 24 }],
  ['monsoon', { kind: 'season', value: 'monsoon' }],
  ['early beginning start', { kind: 'part', value: 'early' }],
  ['mid middle', { kind: 'part', value: 'mid' }],
  ['late end close', { kind: 'part', value: 'late' }],
  ['earlier', { kind: 'part', value: 'early', loose: true }],
  ['later', { kind: 'part', value: 'late', loose: true }],
  ['half', { kind: 'half', value: 'half' }],
  ['quarter', { kind: 'half', value: 'quarter' }],
  ['century centuries સદી सदी शताब्दी', { kind: 'century' }],
  ['circa ca about around approximately approx roughly આશરે લગભગ અંદાજે સુમારે लगभग करीब क़रीब तकरीबन', { kind: 'circa' }],
  ['possibly perhaps probably maybe presumably કદાચ સંભવતઃ સંભવત शायद संभवतः सम्भवतः संभवत कदाचित', { kind: 'possibly' }],
  ['before', { kind: 'bound', value: 'before' }],
  ['after since', { kind: 'bound', value: 'after' }],
  ['between', { kind: 'bound', value: 'between' }],
  ['from', { kind: 'bound', value: 'from' }],
  ['to through થી से', { kind: 'bound', value: 'to' }],
  ['until till', { kind: 'bound', value: 'until' }],
  ['and અને તથા और तथा', { kind: 'bound', value: 'and' }],
  ['પહેલાં પહેલા પૂર્વે અગાઉ पहले पूर्व', { kind: 'trailing', value: 'before' }],
  ['પછી બાદ पश्चात पश्चात् बाद उपरांत', { kind: 'trailing', value: 'after' }],
  ['સુધી तक', { kind: 'trailing', value: 'until' }],
  ['વચ્ચે बीच', { kind: 'trailing', value: 'between' }],
  ['આસપાસ आसपास', { kind: 'trailing', value: 'circa' }],
  ['ઈસવીસન ઈસ્વીસન ईस्वी ईसवी', { kind: 'ce' }],
  [
    'monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat સોમવાર મંગળવાર બુધવાર ગુરુવાર શુક્રવાર શનિવાર રવિવાર सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार',
    { kind: 'weekday' },
  ],
  [
    'the of in on at day year month date night evening morning fortnight paksha paksh lunar vikram vikrama era shalivahana shalivahan પક્ષ पक्ष ના ની નો ને માં વિક્રમ વર્ષ તારીખ તા સન સને सन सन् के की का को में विक्रम वर्ष',
    { kind: 'filler' },
  ],
];

const MEANINGS: ReadonlyMap<string, WordMeaning> = new Map([
  ...numbered(GREGORIAN_MONTHS, 'gregorianMonth'),
  ...numbered(LUNAR_MONTHS, 'lunarMonth'),
  ...numbered(TITHIS, 'tithi'),
  ...numbered(ORDINALS, 'ordinal'),
  ...OTHERS.flatMap(([words, meaning]) => words.split(' ').map((word) => [foldWord(word), meaning] as const)),
]);

/** What a word means in a date; undefined for any other word. Case and Latin diacritics do not matter. */
export function meaningOf(word: string): WordMeaning | undefined {
  return MEANINGS.get(foldWord(word));
}

function numbered(
  lines: readonly string[],
  kind: 'gregorianMonth' | 'lunarMonth' | 'tithi' | 'ordinal',
): (readonly [string, WordMeaning])[] {
  return lines.flatMap((line, index) =>
    line.split(' ').map((word) => [foldWord(word), { kind, value: index + 1 }] as const),
  );
}

/** Lower case without Latin diacritics; the signs of Indic scripts are letters of their words and stay. */
function foldWord(word: string): string {
  return word
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}
