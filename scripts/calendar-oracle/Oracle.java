import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import net.time4j.CalendarUnit;
import net.time4j.PlainDate;
import net.time4j.calendar.astro.GeoLocation;
import net.time4j.calendar.hindu.HinduCalendar;
import net.time4j.calendar.hindu.HinduEra;
import net.time4j.calendar.hindu.HinduRule;
import net.time4j.calendar.hindu.HinduVariant;

/**
 * Writes what Time4J makes of the days of 1780 to 1900 in the lunisolar calendars: `java -cp time4j.jar Oracle.java <folder>`.
 * It names days (from a day to its date), where the worker finds the day of a date: neither can copy a slip of the other.
 */
final class Oracle {
  private static final PlainDate FIRST = PlainDate.of(1780, 1, 1);
  private static final PlainDate LAST = PlainDate.of(1900, 12, 31);
  /** A lunar month has 29 or 30 days, so that every month of these years has one of the days. */
  private static final int STEP_DAYS = 29;

  private static final double UJJAIN_LATITUDE = 23 + 9 / 60.0;
  private static final double UJJAIN_LONGITUDE = 75 + 46 / 60.0 + 6 / 3600.0;

  private final String name;
  private final Map<HinduRule, HinduVariant> variants = new LinkedHashMap<>();

  private Oracle(String name, UnaryOperator<HinduVariant> astronomy) {
    this.name = name;
    for (HinduRule rule : List.of(
        HinduRule.AMANTA, HinduRule.AMANTA_ASHADHA, HinduRule.AMANTA_KARTIKA, HinduRule.PURNIMANTA)) {
      variants.put(rule, astronomy.apply(rule.variant()));
    }
  }

  private static List<Oracle> all() {
    // Modern astronomy takes the clock of Ujjain for universal time and so reads the moon 5 h 3 min after sunrise. At
    // twice the longitude of Ujjain the sun rises those 5 h 3 min earlier: there the reading is that of Ujjain's sunrise.
    GeoLocation twiceAsFarEast = GeoLocation.of(UJJAIN_LATITUDE, 2 * UJJAIN_LONGITUDE);
    // A depression of 0 is the centre of the sun on the horizon without refraction, which Indian almanacs use.
    return List.of(
        new Oracle("modernAtSunrise", hv -> hv.withModernAstronomy(0.0).withAlternativeLocation(twiceAsFarEast)),
        new Oracle("modernAsShipped", hv -> hv.withModernAstronomy(0.0)),
        new Oracle("suryaSiddhanta", hv -> hv));
  }

  public static void main(String[] args) throws Exception {
    List<String> days = new ArrayList<>();
    List<String> months = new ArrayList<>();
    days.add("day,astronomy,shaka,chaitradi,ashadhadi,kartikadi,month,adhik,tithi,sunrises,purnimanta,purnimantaAdhik");
    months.add("astronomy,shaka,month,kind");
    for (PlainDate day = FIRST; !day.isAfter(LAST); day = plus(day, STEP_DAYS)) {
      for (Oracle oracle : all()) days.add(oracle.row(day));
    }
    for (Oracle oracle : all()) oracle.writeMonths(months);
    Files.write(Path.of(args[0], "time4j-days-1780-1900.csv"), days);
    Files.write(Path.of(args[0], "time4j-months-1780-1900.csv"), months);
  }

  private String row(PlainDate day) {
    HinduCalendar amanta = read(day, HinduRule.AMANTA);
    HinduCalendar purnimanta = read(day, HinduRule.PURNIMANTA);
    return String.join(",",
        day.toString(),
        name,
        String.valueOf(HinduEra.SAKA.yearOfEra(amanta.getEra(), amanta.getYear())),
        String.valueOf(amanta.getYear()),
        String.valueOf(read(day, HinduRule.AMANTA_ASHADHA).getYear()),
        String.valueOf(read(day, HinduRule.AMANTA_KARTIKA).getYear()),
        String.valueOf(month(amanta)),
        adhik(amanta),
        String.valueOf(tithi(day)),
        sunrises(day),
        String.valueOf(month(purnimanta)),
        adhik(purnimanta));
  }

  /** Whether the tithi of the day has a second sunrise, and whether the tithi after it has none. */
  private String sunrises(PlainDate day) {
    if (tithi(plus(day, -1)) == tithi(day)) return "second";
    if (tithi(plus(day, 1)) == tithi(day)) return "first";
    return tithi(plus(day, 1)) == tithi(day) % 30 + 1 ? "" : "nextVanished";
  }

  /** The adhik months, and the names that no month of their year bears, of the years that lie wholly in the span. */
  private void writeMonths(List<String> rows) {
    Map<Integer, TreeSet<Integer>> plain = new LinkedHashMap<>();
    Map<Integer, TreeSet<Integer>> adhik = new LinkedHashMap<>();
    for (PlainDate day = FIRST; !day.isAfter(LAST); day = plus(day, 1)) {
      HinduCalendar date = read(day, HinduRule.AMANTA);
      int shaka = HinduEra.SAKA.yearOfEra(date.getEra(), date.getYear());
      (date.getMonth().isLeap() ? adhik : plain).computeIfAbsent(shaka, key -> new TreeSet<>()).add(month(date));
    }
    List<Integer> years = new ArrayList<>(plain.keySet());
    for (int shaka : years.subList(1, years.size() - 1)) {
      for (int month = 1; month <= 12; month += 1) {
        if (adhik.containsKey(shaka) && adhik.get(shaka).contains(month)) rows.add(named(shaka, month, "adhik"));
        if (!plain.get(shaka).contains(month)) rows.add(named(shaka, month, "kshaya"));
      }
    }
  }

  private String named(int shaka, int month, String kind) {
    return name + "," + shaka + "," + month + "," + kind;
  }

  private HinduCalendar read(PlainDate day, HinduRule rule) {
    return day.transform(HinduCalendar.class, variants.get(rule));
  }

  private int tithi(PlainDate day) {
    return read(day, HinduRule.AMANTA).getDayOfMonth().getValue();
  }

  private static int month(HinduCalendar date) {
    return date.getMonth().getValue().getValue();
  }

  private static String adhik(HinduCalendar date) {
    return date.getMonth().isLeap() ? "adhik" : "";
  }

  private static PlainDate plus(PlainDate day, int days) {
    return day.plus(days, CalendarUnit.DAYS);
  }
}
