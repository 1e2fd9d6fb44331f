// Names of the Swaminarayan tradition and of the Gujarat of its time, as sources spell them. The first spelling of a
// line is the one that is shown.

const PLACES = [
  'Chhapaiya|Chapaiya|Chhapaiyā|છપૈયા|छपैया',
  'Ayodhya|અયોધ્યા|अयोध्या',
  'Loj|Loej|લોજ|लोज',
  'Piplana|Pipalana|પીપલાણા|પિપલાણા|पीपलाणा',
  'Jetpur|જેતપુર|जेतपुर',
  'Faneni|Phaneni|ફણેણી',
  'Gadhada|Gadhda|Gadhpur|Gaḍhaḍā|ગઢડા|ગઢપુર|गढ़डा|गढडा',
  'Vadtal|Vartal|વડતાલ|વરતાલ|वडताल',
  'Ahmedabad|Amdavad|અમદાવાદ|अहमदाबाद',
  'Bhuj|ભુજ|भुज',
  'Dholera|ધોલેરા|धोलेरा',
  'Junagadh|Junagarh|જૂનાગઢ|જુનાગઢ|जूनागढ़|जूनागढ',
  'Nadiad|Nariad|નડિયાદ|नडियाद',
  'Rajkot|રાજકોટ|राजकोट',
  'Bochasan|બોચાસણ|बोचासन',
  'Gondal|ગોંડલ|ગોંડળ|गोंडल',
  'Sarangpur|Salangpur|સારંગપુર|સાળંગપુર|सारंगपुर',
  'Loya|લોયા',
  'Panchala|પંચાળા',
  'Kariyani|કારિયાણી',
  'Vadodara|Baroda|વડોદરા|वडोदरा',
  'Surat|સુરત|सूरत',
  'Mumbai|Bombay|મુંબઈ|मुंबई',
  'Bhavnagar|ભાવનગર',
  'Jamnagar|જામનગર',
  'Dabhan|ડભાણ',
  'Jetalpur|જેતલપુર',
  'Muli|મૂળી',
  'Mangrol|માંગરોળ',
  'Bhadra|ભાદરા',
  'Atladra|અટલાદરા',
  'Calcutta|Kolkata',
  'Puri|Jagannathpuri|Jagannath Puri',
  'Badrinath',
  'Pulhashram|Muktinath',
  'Nepal',
  'Kutch|Kachchh|કચ્છ',
  'Kathiawar|Saurashtra|સૌરાષ્ટ્ર',
  'Gujarat|ગુજરાત|गुजरात',
];

const PEOPLE = [
  'Sahajanand Swami|Swaminarayan|Nilkanth Varni|Nilkanth|Ghanshyam|Ghanshyam Pande|Shriji Maharaj|Sahajānand Swāmī|સહજાનંદ સ્વામી|સ્વામિનારાયણ|નીલકંઠ વર્ણી|ઘનશ્યામ|सहजानंद स्वामी|स्वामीनारायण|स्वामिनारायण|नीलकंठ वर्णी|घनश्याम',
  'Ramanand Swami|રામાનંદ સ્વામી|रामानंद स्वामी',
  'Muktanand Swami|મુક્તાનંદ સ્વામી|मुक्तानंद स्वामी',
  'Gopalanand Swami|ગોપાળાનંદ સ્વામી|गोपालानंद स्वामी',
  'Gunatitanand Swami|Mulji Jani|ગુણાતીતાનંદ સ્વામી|गुणातीतानंद स्वामी',
  'Brahmanand Swami|બ્રહ્માનંદ સ્વામી',
  'Nityanand Swami|નિત્યાનંદ સ્વામી',
  'Nishkulanand Swami|નિષ્કુળાનંદ સ્વામી',
  'Premanand Swami|પ્રેમાનંદ સ્વામી',
  'Shukanand Swami|શુકાનંદ સ્વામી',
  'Shatanand Swami|શતાનંદ સ્વામી',
  'Anandanand Swami|આનંદાનંદ સ્વામી',
  'Bhagatji Maharaj|Pragji Bhakta|પ્રાગજી ભક્ત',
  'Shastriji Maharaj|Shastri Yagnapurushdas|શાસ્ત્રીજી મહારાજ',
  'Dada Khachar|Dada Khacher|દાદા ખાચર',
  'Jivuba|જીવુબા',
  'Ayodhyaprasad|Ayodhyaprasadji|અયોધ્યાપ્રસાદ',
  'Raghuvir|Raghuvirji|રઘુવીર',
  'Dharmadev|Hariprasad Pande|ધર્મદેવ',
  'Bhaktimata|Bhakti Mata|ભક્તિમાતા',
  'Reginald Heber|Bishop Heber|Bishop Reginald Heber|Heber',
  'Sir John Malcolm|John Malcolm|Governor Malcolm|Malcolm',
  'Henry George Briggs|Briggs',
  'Monier Monier-Williams|Monier-Williams|Monier Williams',
];

interface Name {
  shown: string;
  /** Words of one spelling, folded. */
  pattern: RegExp;
}

// Made when a text is first read; a worker that reads none needs none.
let places: Name[] | undefined;
let people: Name[] | undefined;

/** Known places named in a text, in the order of the gazetteer. */
export function placesIn(text: string): string[] {
  return namesIn(text, (places ??= toNames(PLACES)));
}

/** Known people named in a text, in the order of the gazetteer. */
export function peopleIn(text: string): string[] {
  return namesIn(text, (people ??= toNames(PEOPLE)));
}

function namesIn(text: string, names: readonly Name[]): string[] {
  const folded = fold(text);
  return names.filter(({ pattern }) => pattern.test(folded)).map(({ shown }) => shown);
}

function toNames(lines: readonly string[]): Name[] {
  return lines.map((line) => {
    const spellings = line.split('|').map((spelling) => escapePattern(fold(spelling)).replaceAll(' ', String.raw`\s+`));
    const [shown = ''] = line.split('|');
    // Gujarati and Hindi endings are written onto the name, so only its beginning is a border there.
    const latin = spellings.filter((spelling) => /[a-z]/i.test(spelling)).join('|');
    const indic = spellings.filter((spelling) => !/[a-z]/i.test(spelling)).join('|');
    const parts = [String.raw`(?:${latin})(?![\p{L}\p{M}])`, ...(indic ? [`(?:${indic})`] : [])];
    return { shown, pattern: new RegExp(String.raw`(?<![\p{L}\p{M}])(?:${parts.join('|')})`, 'u') };
  });
}

/** Names are written with a capital; diacritics are a matter of the publisher. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
