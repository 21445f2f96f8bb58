package dates

import "strings"

// The names of months, as the Unicode CLDR has them (dates/calendars/gregorian, months,
// format and stand-alone, wide and abbreviated), in lower case and without the point of an
// abbreviation; and the short forms of C's strftime, where those differ. No name is of two
// months; those that are in two languages are in monthsOf. Vietnamese counts its months:
// see monthWords; so do Chinese, Japanese and Korean: see units. Thai and Persian are not
// here, because their years are not of this calendar.
var monthNames = names(
	// English
	"january jan", "february feb", "march mar", "april apr", "may", "june jun",
	"july jul", "august aug", "september sep sept", "october oct", "november nov", "december dec",
	// German
	"januar jän jänner", "februar", "märz mär mrz", "april", "mai", "juni",
	"juli", "august", "september", "oktober okt", "november", "dezember dez",
	// French
	"janvier janv", "février févr fév", "mars", "avril avr", "mai", "juin",
	"juillet juil", "août aoû", "septembre", "octobre", "novembre", "décembre déc",
	// Spanish
	"enero ene", "febrero", "marzo", "abril abr", "mayo", "junio",
	"julio", "agosto ago", "septiembre setiembre", "octubre", "noviembre", "diciembre dic",
	// Portuguese
	"janeiro", "fevereiro fev", "março", "abril", "maio", "junho",
	"julho", "agosto", "setembro set", "outubro out", "novembro", "dezembro",
	// Italian
	"gennaio gen", "febbraio", "marzo", "aprile", "maggio mag", "giugno giu",
	"luglio lug", "agosto", "settembre", "ottobre ott", "novembre", "dicembre",
	// Catalan
	"gener", "febrer febr", "març", "abril", "maig", "juny",
	"juliol", "agost ag", "setembre", "octubre", "novembre", "desembre des",
	// Galician
	"xaneiro xan", "febreiro", "marzo", "abril", "maio", "xuño",
	"xullo xul", "agosto", "setembro", "outubro", "novembro", "decembro",
	// Romanian
	"ianuarie ian", "februarie", "martie", "aprilie", "mai", "iunie iun",
	"iulie iul", "august", "septembrie", "octombrie", "noiembrie noi", "decembrie",
	// Dutch
	"januari", "februari", "maart mrt", "april", "mei", "juni",
	"juli", "augustus", "september", "oktober", "november", "december",
	// Swedish
	"januari", "februari", "mars", "april", "maj", "juni",
	"juli", "augusti", "september", "oktober", "november", "december",
	// Danish and Norwegian
	"januar", "februar", "marts mars", "april", "maj mai", "juni",
	"juli", "august", "september", "oktober", "november", "december desember",
	// Icelandic
	"janúar", "febrúar", "mars", "apríl", "maí", "júní",
	"júlí", "ágúst ágú", "september", "október", "nóvember nóv", "desember",
	// Finnish
	"tammikuu tammikuuta tammi", "helmikuu helmikuuta helmi", "maaliskuu maaliskuuta maalis", "huhtikuu huhtikuuta huhti",
	"toukokuu toukokuuta touko", "kesäkuu kesäkuuta kesä", "heinäkuu heinäkuuta heinä", "elokuu elokuuta elo",
	"syyskuu syyskuuta syys", "lokakuu lokakuuta loka", "marraskuu marraskuuta marras", "joulukuu joulukuuta joulu",
	// Estonian
	"jaanuar jaan", "veebruar veebr", "märts", "aprill", "mai", "juuni",
	"juuli", "august", "september", "oktoober", "november", "detsember dets",
	// Latvian
	"janvāris janvārī", "februāris februārī", "marts martā", "aprīlis aprīlī", "maijs maijā", "jūnijs jūnijā",
	"jūlijs jūlijā", "augusts augustā", "septembris septembrī", "oktobris oktobrī", "novembris novembrī", "decembris decembrī",
	// Lithuanian
	"sausis sausio", "vasaris vasario", "kovas kovo", "balandis balandžio", "gegužė gegužės", "birželis birželio",
	"liepa liepos", "rugpjūtis rugpjūčio", "rugsėjis rugsėjo", "spalis spalio", "lapkritis lapkričio", "gruodis gruodžio",
	// Polish
	"styczeń stycznia sty", "luty lutego lut", "marzec marca", "kwiecień kwietnia kwi", "maj maja", "czerwiec czerwca cze",
	"lipiec lipca", "sierpień sierpnia sie", "wrzesień września wrz", "październik października paź", "", "grudzień grudnia gru",
	// Czech
	"leden ledna led", "únor února úno", "březen března bře", "duben dubna dub", "květen května kvě", "červen června čvn",
	"červenec července čvc", "srpen srpna", "září zář", "říjen října říj", "listopadu", "prosinec prosince pro",
	// Slovak
	"január januára", "február februára", "marec marca", "apríl apríla", "máj mája", "jún júna",
	"júl júla", "august augusta", "september septembra", "október októbra", "november novembra", "december decembra",
	// Slovenian
	"januar januarja", "februar februarja", "marec marca", "april aprila", "maj maja", "junij junija",
	"julij julija", "avgust avgusta avg", "september septembra", "oktober oktobra", "november novembra", "december decembra",
	// Croatian
	"siječanj siječnja sij", "veljača veljače velj", "ožujak ožujka ožu", "travanj travnja tra", "svibanj svibnja svi", "lipanj lipnja",
	"srpanj srpnja", "kolovoz kolovoza kol", "rujan rujna ruj", "", "studeni studenoga studenog stu", "prosinac prosinca pro",
	// Serbian and Bosnian
	"januar јануар јан", "februar фебруар феб", "mart март", "april април", "maj мај", "jun јун",
	"jul јул", "avgust август", "septembar септембар", "oktobar октобар", "novembar новембар", "decembar децембар",
	// Hungarian
	"január", "február", "március márc", "április ápr", "május máj", "június jún",
	"július júl", "augusztus", "szeptember szept", "október", "november", "december",
	// Russian
	"январь января янв", "февраль февраля февр фев", "март марта мар", "апрель апреля апр", "май мая", "июнь июня июн",
	"июль июля июл", "август августа авг", "сентябрь сентября сент сен", "октябрь октября окт", "ноябрь ноября нояб ноя", "декабрь декабря дек",
	// Ukrainian
	"січень січня січ", "лютий лютого лют", "березень березня бер", "квітень квітня квіт кві", "травень травня трав тра", "червень червня черв чер",
	"липень липня лип", "серпень серпня серп сер", "вересень вересня вер", "жовтень жовтня жовт жов", "листопад листопада лист лис", "грудень грудня груд гру",
	// Bulgarian
	"януари яну", "февруари", "март", "април", "май", "юни",
	"юли", "август", "септември сеп", "октомври", "ноември ное", "декември",
	// Greek
	"ιανουάριος ιανουαρίου ιαν", "φεβρουάριος φεβρουαρίου φεβ", "μάρτιος μαρτίου μάρ μαρ", "απρίλιος απριλίου απρ",
	"μάιος μαΐου μάι μαΐ μαϊ", "ιούνιος ιουνίου ιούν ιουν", "ιούλιος ιουλίου ιούλ ιουλ", "αύγουστος αυγούστου αύγ αυγ",
	"σεπτέμβριος σεπτεμβρίου σεπτ σεπ", "οκτώβριος οκτωβρίου οκτ", "νοέμβριος νοεμβρίου νοέ νοε", "δεκέμβριος δεκεμβρίου δεκ",
	// Turkish
	"ocak oca", "şubat şub", "mart", "nisan nis", "mayıs", "haziran haz",
	"temmuz tem", "ağustos ağu", "eylül eyl", "ekim eki", "kasım kas", "aralık ara",
	// Indonesian and Malay
	"januari", "februari", "maret mac", "april", "mei", "juni",
	"juli julai", "agustus ogos agu", "september", "oktober", "november", "desember disember",
	// Hebrew
	"ינואר בינואר", "פברואר בפברואר", "מרץ במרץ", "אפריל באפריל", "מאי במאי", "יוני ביוני",
	"יולי ביולי", "אוגוסט באוגוסט", "ספטמבר בספטמבר", "אוקטובר באוקטובר", "נובמבר בנובמבר", "דצמבר בדצמבר",
	// Arabic
	"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
	"يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
)

// monthsOf are the names that are of one month in one language and of another in
// another, by what the languages call the column of the time.
var monthsOf = map[string]map[string]int{
	"czas":    {"listopad": 11, "listopada": 11, "lis": 11, "lip": 7}, // Polish
	"čas":     {"listopad": 11, "lis": 11, "srp": 8},                  // Czech
	"vrijeme": {"listopad": 10, "listopada": 10, "lis": 10, "lip": 6, "srp": 7},
}

// monthsIn returns the names of months of the language of some columns, besides monthNames.
func monthsIn(columns []string) map[string]int {
	for _, column := range columns {
		if months := monthsOf[plain(column)]; months != nil {
			return months
		}
	}
	return nil
}

// names makes a table of lists of names, twelve a language. It panics where a name is of
// two months.
func names(lists ...string) map[string]int {
	table := map[string]int{}
	for i, list := range lists {
		for name := range strings.FieldsSeq(list) {
			month := i%12 + 1
			if table[name] != 0 && table[name] != month {
				panic("the name " + name + " is of two months")
			}
			table[name] = month
		}
	}
	return table
}

// monthWords stand before the number of a month.
var monthWords = set("tháng thg")

// units follow the number of a year, a month or a day, and say which it is.
var units = map[rune]int{'年': 0, '月': 1, '日': 2, '년': 0, '월': 1, '일': 2}
