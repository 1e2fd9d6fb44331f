import type { RoleCatalogue } from '@backend/importer/reading';

/** A list of header names, written with | between them, best first. */
function names(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split('|'));
}

/**
 * The columns of files of events (data-import 20) by their header names, best name first; the languages follow each other:
 * en, de, fr, es, it, nl, pt, hu, hi, gu. Only `date` and `title` are needed. A bare `Year` is no date column: where month
 * and day have columns of their own, taking the year alone would lose them without a word.
 */
export const EVENT_ROLES: RoleCatalogue = {
  required: [
    { name: 'date', anyOf: [['date']] },
    { name: 'title', anyOf: [['title']] },
  ],
  roles: {
    date: names(
      'Event Date|Date of Event|EDTF|EDTF Date|Date EDTF|ISO Date|When|Dated|Start Date|Samvat Date|Tithi',
      'Datum|Ereignisdatum|Fecha|Data|Dátum|तारीख|तिथि|दिनांक|તારીખ|તિથિ|દિનાંક',
    ),
    title: names(
      'Event Title|Event|Event Name|Headline|Heading|Name|What|Subject',
      'Titel|Ereignis|Überschrift|Titre|Événement|Título|Evento|Titolo|Gebeurtenis|Cím|Esemény',
      'शीर्षक|घटना|શીર્ષક|ઘટના|પ્રસંગ',
    ),
    summary: names(
      'Description|Event Description|Details|Text|Abstract|Notes|Body',
      'Beschreibung|Zusammenfassung|Résumé|Descripción|Resumen|Descrizione|Riassunto|Beschrijving|Samenvatting',
      'Descrição|Resumo|Leírás|Összefoglaló|विवरण|सारांश|વિગત|વર્ણન|સારાંશ',
    ),
    places: names(
      'Place|Location|Locations|Where|Place Name|Site',
      'Ort|Orte|Lieu|Lieux|Lugar|Lugares|Luogo|Luoghi|Plaats|Plaatsen|Local|Locais|Hely|Helyek|स्थान|સ્થળ|સ્થાન',
    ),
    people: names(
      'Person|Persons|Who|Participants|Actors|Figures',
      'Personen|Personne|Personnes|Persona|Personas|Persone|Personages|Pessoa|Pessoas|Személy|Személyek',
      'व्यक्ति|लोग|વ્યક્તિ|વ્યક્તિઓ',
    ),
    category: names(
      'Categories|Type|Event Type|Theme|Group',
      'Kategorie|Catégorie|Categoría|Categoria|Categorie|Kategória|श्रेणी|वर्ग|શ્રેણી|વર્ગ',
    ),
    sourceTitle: names(
      'Source Title|Source|Source Name|Reference|Bibliography|Book|Work',
      'Quelle|Quellentitel|Source du texte|Fuente|Fonte|Bron|Forrás|स्रोत|સ્રોત',
    ),
    sourceUrl: names(
      'Source URL|URL|Link|Source Link|Web Address|Website|Source URI|URI',
      'Quell-URL|Lien|Enlace|Collegamento|Hivatkozás|लिंक|લિંક',
    ),
    quote: names(
      'Quotation|Citation|Excerpt|Passage|Source Text|Evidence',
      'Zitat|Extrait|Cita|Citazione|Citaat|Citação|Idézet|उद्धरण|અવતરણ',
    ),
    externalId: names(
      'External ID|Event ID|ID|Identifier|Record ID|Key',
      'Kennung|Identifiant|Identificador|Identificativo|Azonosító|पहचान|ઓળખ',
    ),
  },
};
