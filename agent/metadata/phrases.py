"""What readers say in many ways and the recognisers know in one: chat spelling, asides, many words for one thing.

Patterns on text that is already simplified, each with what stands in its place.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable

_POSTS = r"(?:posts?|articles?|blog posts?|entry|entries|pieces?|write-?ups?|notebooks?)"
_PERIOD = (
    r"(?:calendar )?(?:year|month|weekday|day of the week|quarter|season|tag|topic|author|language|host|domain|site)"
)
_COUNTED = r"(?:words|equations|formulas|images|figures|footnotes|sections|code blocks|tags|links)"
TIME_AGAIN = r"(?:(?:first|last|\d+(?:nd|rd|th)) (?:quarter|half)|january|february|march|april|june|july|august|september|october|november|december|spring|summer|autumn|winter|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?|weekdays?)"

_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"


def _month(short: str) -> str:
    return next(name for name in calendar.month_name[1:] if name.lower().startswith(short[:3])).lower()


CHAT: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\bgimme\b", "give me"),
    (r"\blemme\b", "let me"),
    (r"\b(what|when|where|who|how|that|there|he)s\b(?= )", r"\1 is"),
    (r"\b(do|does|did|is|are|was|were|has|have|had)nt\b", r"\1 not"),
    (r"\bcant\b", "can not"),
    (r"\bi['’]?m\b", "i am"),
    (r"\b(i|you|he|she|we|they)['’]d\b", r"\1 would"),
    (r"\b(i|you|we|they)['’]?ve\b", r"\1 have"),
    (r"\b(when|where|how|what|who|why)['’]d\b", r"\1 did"),
    (r"\b(?:which|what|posts|articles|tags|how many) r\b(?! code)|\br (?=there|tagged|the|his|these)", lambda m: m[0].replace(" r", " are").replace("r ", "are ") if m[0].startswith("r ") else m[0][:-1] + "are"),
    (r"\bu\b", "you"),
    (r"\bur\b", "your"),
    (r"\babt\b", "about"),
    (r"\bw/o\b", "without"),
    (r"\bw/(?= |\w)", "with "),
    (r"\bb4\b", "before"),
    (r"\b(?:no|nr|num)\.? of\b|(?<= )# ?(?:of )?(?=[a-z])", "number of "),
    (r"\bavg\b", "average"),
    (r"\byrs?\b", "years"),
    (r"\bmths?\b", "months"),
    (r"\bwordcounts?\b", "word count"),
    (r"\beq(?:n|ua)?s\b|\beqns?\b", "equations"),
    (r"\bpics?\b", "pictures"),
    (r"\bfigs\b", "figures"),
    (r"\bthru\b", "through"),
    (r"\bblogposts?\b", "posts"),
    (r" & ", " and "),
    (rf"(?:\b(?:from|between) )?\b({_MONTHS}) ?[-–] ?({_MONTHS})\b", lambda m: f"from {_month(m[1])} to {_month(m[2])}"),
)  # fmt: skip
ASIDES = (
    r"(?:, )?\b(?:(?:including|counting) (?:all )?(?:the |its )?sub-?(?:sections|headings)|sub-?(?:sections|headings) (?:included|too|and all))\b",
    r"\bor both\b(?: of (?:them|these))?(?= (?:,|are|is|in|$)|$)|\ball (?:the |his )?years (?:together|combined|taken together)\b|\b(?:at the same time|simultaneously)\b(?= (?:,|$)|$)",
    r"^ (?:(?:could|would|can|will) you )?(?:please )?be so (?:kind|good)(?: and| as to)?\b",
    r"^ (?:(?:is|are|there|a|any|some|way|chance|to|possible|tell|know|say|see|find|out|figure|work|check|look|up|you|we|i|can|could|would|please|help|me|us|need|want|like|do|does|anyone|someone|what|i am asking|asking|question|here|it|be|nice|great|good|happy|love|just|really|was|wondering) )+(?:is |: )?(?=(?:how many|how much|which|when|what (?:is|are|was|were|did|year|month|post|tag|day)) )",
    r"\b(?:over|in|across|during|throughout) (?:the )?(?:whole |entire |full )*(?:life|lifetime|history|run|existence|course|life ?span) of (?:the|his|this) blog\b",
    r"\b(?:please|pls|plz|thanks|thank you|thx|cheers|ta|mate|buddy|dude|folks|kindly|hmm+|u[mh]+|erm?|ahem|oh|ah|btw|by the way|anyway|still|basically|honestly|literally|lol)\b",
    r"(?<= )(?:well|so|right|hey|hi|hello|ok|okay|yo|say) ,",
    r"^ (?:(?:well|so|right|hey|hi|hello|ok|okay|yo|also|then) )+(?:there , )?",
    r"\b(?:quick question|just curious|out of (?:curiosity|interest)|i am curious|i am (?:looking for|after|interested in)|(?:have|take) a look (?:for|at)|look (?:for|up)|find (?:me )?(?:the )?(?=posts|articles|titles)|i was (?:just )?wondering(?: (?:if|whether))?|i wonder|(?:do|would) you (?:happen to )?know(?: (?:if|whether))?|(?:can|could|would|will) you (?:please )?(?:tell|show|give|list|remind)(?: (?:me|us))?|i would (?:like|love) to (?:know|see)|i(?: am|) (?:trying|want|need) to (?:know|see|find out|figure out|work out)|(?:remind|tell|let) (?:me|us)(?: know)?|any idea|by any chance|if (?:you|i) (?:may|can|could|know|do not mind)(?: (?:me )?ask(?:ing)?)?|as far as you know|off the top of your head|i mean|you know|if any|if there (?:are|is) any|(?:is|are) there by chance)\b",
    r"\b(?:roughly|approximately|approx|in your (?:data|index|database|records)|in the (?:database|index|data ?set|corpus|records)|according to (?:the|your) (?:data|metadata|records)|(?:at|as of) (?:the moment|now|today)|right now|nowadays|of all time|in (?:its|the blog|his blog) history|since (?:the beginning|day 1|it started|he started|the start)(?! of)|to date|until now|till now|thus far|all told|for (?:me|us)|in there)\b",
)
SAME: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\b(how many (?:days|weeks|months|years)) on average ", r"on average \1 "),
    (rf"^ on average ?(?:,)? how (?:many (?P<what>{_COUNTED})(?: long)?|long) (?:is|are|does|do|has|have|are there in|is there in)(?: an?| the| his)? {_POSTS}(?: have| contain| get)? $", lambda m: f" average number of {m['what'] or 'words'} per post "),
    (rf"^ (?:which|what)(?: 2)?(?: consecutive)? {_POSTS} (?:(?:came|come|were|are|was|appeared|published|out) )*(?:the )?(?:closest|nearest)(?: (?:together|in time|to (?:each other|one another|1 another)))* $", " what is the shortest gap between posts "),
    (rf"^ ((?:which|what)\b(?!.*\b(?:how many|number of)\b).*?\b{TIME_AGAIN}\b.*?) (?:over|through|across|down) the years $", r" \1 "),
    (r"\b((?:days|weeks|months|years) (?:after|since|of)) the (?:one|1|post) (?:right |just )?before(?: (?:it|that|them))?\b", r"\1 the previous post"),
    (r"\b((?:days|weeks|months|years) before) the (?:one|1|post) (?:right |just )?after(?: (?:it|that|them))?\b", r"\1 the next post"),
    (r"\b(?:back|latter|later) half\b", "2nd half"),
    (r"\b(?:front|earlier|early) half\b", "first half"),
    # times and lengths
    *[(rf"\b({_MONTHS})( ,| and| or| to| through| until) ({_MONTHS})(?: ,)?(?: of| in)? ((?:19|20)\d\d)\b", r"\1 \4\2 \3 \4")] * 2,
    (r"\b(?:an? |the )?lengths? (?:that is |of )?((?:above|over|below|under|more than|less than|fewer than|at least|at most|exactly|between) [\d and]+ words)", r"\1"),
    (r"(q§\d+) as an? (?:whole |separate |single )?(word|phrase)\b", r"the \2 \1"),
    (r"\b(sections?|headings?)\b(.*?) (?:at|on) (?:the |its )?(?:top|first|highest|outermost) level\b", r"top-level \1\2"),
    (r"\b(?:record[- ]?holder|champion|winner|leader) (?:for|in|by)(?: the)?(?: most)?(?: number of)?(?= )", "post with the most"),
    # the author
    (r"\b(?:the|this|our|that) (?:guy|dude|man|fellow|author|writer|blogger)\b(?! of| is the)", "he"),
    # posts
    (rf"\b(?P<tags>[\w&'+]+(?:-(?!tagged)[\w&'+]+)*)[- ](?:tagged|labell?ed) (?P<posts>{_POSTS}|ones?|stuff|things?)(?= )(?! (?:as|with|tagged)\b)", r"\g<posts> tagged \g<tags>"),
    (r"\bstuff(?= (?:that )?(?:tagged|labell?ed|about|on|from|published|written|he ))", "posts"),
    (rf"^ (?:out )?of (?:the|his|all)(?: the)?(?: \d+)? ({_POSTS}(?: (?!\w+est\b|most\b|fewest\b)[\w&'+-]+)*?) , how many (?:of (?:them|those) )?", r" how many \1 "),
    (r"\b(\w+)[- ]wise\b", r"by \1"),
    (r"\b(between [^,]+?) (?:chronologically|in time|by time|by date)(?= $)", r"\1"),
    (r"\b(?:things|bits|works|texts)(?= (?:that )?(?:he|she|brian|keng|you|has|have|did|were|was|tagged|labell?ed|published|written|posted|on the blog))", "posts"),
    (r"\b(?:thing|bit|work|text)(?= (?:that )?(?:he|she|brian|keng|you|has|was|tagged|labell?ed|published|written|posted|on the blog))", "post"),
    (r"\b(how many|how much|he has) (?:things|stuff|content|material)(?= )", r"\1 posts"),
    (r"\b(?:essays|tutorials|writings|publications|blogs|instal?lments)\b", "posts"),
    (r"\b(?:essay|tutorial|publication|instal?lment|read)(?= (?:tagged|on the blog|he|published))", "post"),
    (r"\b(longest|shortest|quickest) read\b", r"\1 post"),
    (r"\b(?:quickest)(?= post)", "shortest"),
    (r"\bposts? (?:number|no|#) ?(\d+)\b", r"the \1th post"),
    (r"\b(give me|show me|get me|send me|what is|have|got|find me|where is)( the| a)? (?:hyper|web )?link (?:to|for|of) (?=\w+)", r"\1 the url of "),
    (r"^ who (?:is the (?:author|writer|owner) of|writes|wrote|runs|authored|is behind|made) (?:the |this |his |these )?(?:blog|site|website|posts|articles)(?: on the blog)? $", " list all authors "),
    (r"\b(post|article) (lengths?|word counts?|sizes?)\b", r"\2"),
    (r"\b(has|have|did) he (?:done|do|made|make)\b", r"\1 he written"),
    # a post by its rank alone, and places that are the blog
    (r"\b(than (?:the|his) (?:\d+(?:nd|rd|th)[- ])?(?:longest|shortest|newest|oldest|latest|earliest|wordiest))(?= (?:,|does|did|has|is|was)| $)", r"\1 post"),
    (r"\bon (?:the|this|his) (?:web ?site|site)\b", "on the blog"),
    (r"\brunners?[- ]?up (?:for|to|in|behind|among|as)(?: the)? (?=most|fewest|least|\w+est\b)", "2nd "),
    (r"\brunners?[- ]?up\b", "2nd"),
    (r"^ if (?:i|you|we|one) (?:were to )?(?:do not count|not count|don't count|skip(?:ped)?|ignored?|leave out|left out|excluded?|drop(?:ped)?|removed?|discount(?:ed)?|took out|take out|omit(?:ted)?|set aside) (.+?) , (.+?)(?: (?:do|would|will) (?:i|we|you) have left| (?:are|would be|will be) left| remain(?:s|ing)?| (?:is|are) there)? $", r" \2 excluding \1 "),
    (r"\bwhat else (?:did|has|have)\b", "what other posts did"),
    (r"\b(?:in terms of|as measured by|measured by|judged by|by way of) (?=(?:the |its |their )?(?:number of |total |count of |amount of )*\w+)", "by "),
    (r"(?<=\d\d\d\d )(?:output|crop|batch|stuff|material|work|lot|harvest)\b", "posts"),
    (r"\b(?:output|crop|batch|stuff|material|work|lot|harvest)(?= (?:of|from|in|during) (?:19|20)\d\d)", "posts"),
    (r"\b(do|does|did)( .+?) (?:carry|hold|sport|boast|bear|pack|feature|total|comprise|run to|span)(?= $)", r"\1\2 have"),
    (rf"\b(?:where |in which |whose |that |in that )?(?:do |does )?(?:the |its |their )?({_COUNTED}) (?:outnumber|exceed|outweigh)s? (?:the |its |their )?({_COUNTED})\b", r"with more \1 than \2"),
    (rf"\b(?:do |does )?(?:the |its |their )?({_COUNTED}) (?:are )?outnumbered by (?:the |its |their )?({_COUNTED})\b", r"with fewer \1 than \2"),
    (r"\b(beats?|beaten|outdo(?:es)?|surpass(?:es)?|outweighs?|outnumbers?|trumps?|exceeds?)(?= (?:p§|the |his ))", "longer than"),
    (r"\bneither (have|has|had|contain|contains|use|uses|include|includes) (.+? nor )(?:(?:have|has|had|contain|contains|use|uses|include|includes) )?", r"\1 neither \2"),
    # publishing
    (r"^ (was|is) (?!.*\b(?:more|most|fewer)\b)(.+?) (?:on )?(?:a |the )?(?:week ?day or (?:on )?(?:a |the )?weekend|weekend or (?:on )?(?:a |the )?week ?day) $", r" on which day of the week \1 \2 "),
    (r"\bmost (?:rarely|seldom|infrequently)\b|\b(?:rarest|least often)(?= $)", "the least"),
    (r"\b(?:went|go|goes|gone|put|going) (?:up|live|online|out)\b(?! to)", "come out"),
    (r"\bhow many times (?:did|has|have) he (?:publish|post|blog|write|published|posted|blogged|written)(?: something| anything| a post| posts| an? article)?\b", "how many posts were published"),
    (rf"\b(?:gets?|got|has|have|receives?|attracts?) (?:the )?(most|fewest|least) (?:incoming |inbound )?links (?:from|by|in) (?:any |his |the |all )*(?:other )?{_POSTS}\b", r"is linked to by the \1 other posts"),
    (r"\b(?:blogged|authored|penned|uploaded|dropped|churned out|cranked out|made public|produced)\b", "published"),
    (r"\breleased\b", "published"),
    (r"(?<=\bhe )(?:manage|get round|get around)(?: to (?:write|publish|post|put out|release))?\b(?! to)", "publish"),
    (r"(?<=\bhe )(?:knock out|turn out|come up with|complete|finish|deliver|get (?:out|done)|release|ship|author|pen|upload|churn out|crank out|produce|put together)\b", "publish"),
    (r"\bhe (?:is|has) (?=tagged|labell?ed|filed|published|written|posted)", ""),
    (r"\b(publish|publishes|published|post|posts|posted|write|wrote|written) nothing\b", r"not \1 anything"),
    # tags
    (r"\b(?:did|has|have|does) he (?:tag(?:ged)?|label(?:led)?|filed?) (?:with|as|under)\b", "are tagged"),
    (r"\b(?:about|on|covering|dealing with) ([^,]+?)(?: ,)? (?:(?:judging|going|to judge|to go) (?:by|from)|according to) (?:the |their |its )?titles?\b", lambda m: f"with the phrase {m[1].removesuffix('s')} in the title"),
    (r"^ (.*?)\b(posts|articles)\b(.*?) , (?:give|show|list|name|tell)(?: me)?(?: just| only)?(?: the)?(?: top| first)? (\d+)(?: only| of them| posts| results)? $", r" \1\4 \2\3 "),
    (r"\b(?:while|when|whenever) it (?:was|is) (?=[a-z]+)(?!published|posted|written)", "in "),
    (r"\bwhatever(?= he| has| was| is| came)", "everything"),
    (r"\b(?:hashtags?|keywords?)\b", lambda m: "tags" if m[0].endswith("s") else "tag"),
    (r"\b(?:with|have|has|having|use|uses|using|list|lists|carry|carrying|bear|got|mention(?:s|ing)?|list(?:s|ing)?|bearing) ([\w&'+-]+(?: [\w&'+-]+)??(?: (?:or|and) [\w&'+-]+(?: [\w&'+-]+)??)?) as (?:(?:a|an|its|their|1 of (?:its|their)|one of (?:its|their)) )?tags?\b", r"tagged \1"),
    (r"\b(?:the )?([\w&'+-]+(?: (?!tag\b)[\w&'+-]+)??) tag (or|and) (?:the )?([\w&'+-]+(?: (?!tag\b)[\w&'+-]+)??) tag\b", r"the \1 \2 \3 tags"),
    (r"\b(?:with|have|has|having|that (?:list|carry|have)) ([\w&'+-]+(?: [\w&'+-]+){0,2}?) among (?:its|their|the) tags\b", r"tagged \1"),
    (r"^ (?:how|what|with what|under what) (?:is|are|was|were) ((?!the tags|tags|he\b).+?) (?:tagged|labell?ed|categori[sz]ed|filed)(?: (?:with|as|under|in))? $", r" what tags does \1 have "),
    (r"^ (?:how|(?:with |under )?(?:what|which)(?: tags?| topics?| labels?| categories)?) (?:did|does|has) he (?:tag(?:ged)?|label(?:led)?|categori[sz]ed?|filed?) (.+?)(?: (?:with|as|under))? $", r" what tags does \1 have "),
    (r"\b(shar(?:e|es|ing)|in common) (?:at least (?:one|1)|(?:one|1) or more|any) tags?\b", r"\1 a tag"),
    (r"\b(?:use|used|appear|appeared|introduced?) ((?:in|during|since|before|after) (?:\w+ )??(?:19|20)\d\d) for the first time\b", r"used for the first time \1"),
    (r"\bhow (?:many times|often|frequently) (?:(?:has|have|is|was|did|does|do) )?(?:he (?:used?) )?the tag (.+?)(?= (?:been|used?|appear|occur|get|come|show)|$) ?(?:(?:been|get|come) )*(?:used?|appear(?:ed)?|occur(?:red)?|show(?:n)?|applied)?(?: up)?(?= )", r"how many posts are tagged \1"),
    (r"\bhow (?:many times|often|frequently) (?:(?:has|have|is|was|did|does|do) )(?:he (?:used?) )?the (.+?) tag (?:(?:been|get|got|come|was) )*(?:used?|appear(?:ed)?|occur(?:red)?|show(?:n)?|applied|given)(?: up)?(?= )", r"how many posts are tagged \1"),
    (r"\b(?:while |and )?tagging (?:them|it)(?: with| as)?\b", "tagged"),
    (r"\brather than (?:as )?(?:plain )?(?:text|html|rst|pages?)\b", ""),
    (r"\b(?:going|judging|to go|according) (?:by|to) (?:(?:the|its|their|his) )?tags?\b", ""),
    (r"\bbut neither ([\w&'-]+(?: [\w&'-]+)??) nor ", r"but not \1 and not "),
    # links
    (r"\b(?:at least (?:one|1|a)|(?:one|1) or more|any|some) links?(?= (?:to|from) )", "a link"),
    (rf"\b(?:have|has|having|with|contain(?:s|ing)?) no (?:internal )?links? to (?:any )?(?:of )?(?:the |his )?(?:other|own) (?={_POSTS})", "do not link to any other "),
    (rf"\b(?:have|has|having|with|contain(?:s|ing)?) (?:any |some )?(?:internal )?links? to (?:any )?(?:of )?(?:the |his )?(?:other|own) (?={_POSTS})", "that link to other "),
    (r"^ (?:who|what|what else|who else) ((?:links?|refers?|points?)(?: back)? to|cites?|references?|mentions?) (?=p§|the |his )", r" which posts \1 "),
    (r"\b(\d+|several|any|many|by) others\b", r"\1 other posts"),
    (r"\borphan(?:ed|s)?(?: posts)?\b", "posts that no other post links to"),
    (r"^ between (.+?) and (.+?) , (which .+?) $", r" \3 , \1 or \2 "),
    (r"^ how (?:does|do|did) (?:the )?(.+?) compare (?:to|with|against) (?:the |that of |those of )*(.+?) $", r" compare \1 and \2 "),
    (r"\b(?:took|takes|taken) (?:the )?longest(?: to (?:appear|come|come out|write|publish|be published))?(?: after (?:its|the) (?:predecessor|previous (?:post|one)))?", "ended the longest gap"),
    (rf"\b({_POSTS})(?: ,)? and (?:in |on )?(?:which|what) ({_PERIOD})s?\b", r"\1 per \2"),
    (rf"^ (?:which|what) ({_PERIOD})s? (?:gets?|got|has|have|had|saw|sees) how many ({_POSTS}) $", r" number of \2 per \1 "),
    # the time between posts of a rank
    (rf"\b((?:longest|shortest|average|typical|median|most|least|smallest|largest) (?:time|period|number of days|days|wait|stretch|interval) )between (?:any |his )?2 (?:consecutive |successive |adjacent )?{_POSTS}\b", r"\1between posts"),
    (rf"^ (how (?:many|long)\b.*?\b(?:between|apart|separated?)\b.*?)\bthe (first|last) 2 {_POSTS}(?= |$)", lambda m: f" {m[1]}the {m[2]} post and the 2nd {'to last ' if m[2] == 'last' else ''}post"),
    (rf"\b((?:between|separat\w+) )(?:the |his )?2 (most recent|latest|newest|last|first|oldest|earliest) {_POSTS}(?= |$)", r"\1the \2 post and the 2nd \2 post"),
    (rf"\b(?:do|did) (?:the )?other(?:s| {_POSTS}| people) (link|point|refer) (?:back )?to (?:the )?most(?: often)?\b", "is linked to by the most other posts"),
    (r"\b(code(?: blocks?| snippets?| cells?)?|snippets?|listings?) ((?:are there|is there|are|is|does he (?:use|have|show)|(?:does|do) .+? have) )?(?:written )?in (python|javascript|java|scheme|sql|bash|rust|c|r|matlab|julia|haskell)\b", r"\3 \1 \2"),
    (rf"\bhow (?:long|big|lengthy)(?: the| his)? ({_POSTS}) (?:are|were|have been|got|get|have got(?:ten)?|have become|became|grew)\b|\bhow (?:long|big|lengthy) (?:do|did|have) (?:the |his )?({_POSTS}) (?:get|got|become|grow|been)\b", r"average length of posts"),
    (r" as well as ", " and "),
    (r"\b(are|is|were|was) both (.+?) and (?=tagged|with|from|have|contain|about|longer|shorter)", r"\1 \2 and "),
    (r"\b((?:share|proportion|fraction|part) of .+?) (?:, )?(?:in|as a) percent(?:age)?(?= )", r"\1"),
    (r"^ (which|what) (?:subjects|topics|tags|categories) (?:has|have|did|does) he (?:tag(?:ged)?|label(?:led)?)(?= )", r" \1 tags were used"),
    (r"\b((?:is|was|are|were|be|being|been|most|least)(?: the)?(?: most| least)?) (?:heavily|highly|widely|strongly|much) (?=linked|cited|referenced|used)", r"\1 "),
    (r"\b(?:in|by|from) (?:his|the) other (?:writings?|work|works|stuff|texts?)\b", "by other posts"),
    (r"\bwhich (?:1|one) of (?:his|the) (posts|articles)\b", r"which post"),
    (rf"\b(how many {_COUNTED}) (?:sit|go|live|stand|fit|are found|can be found|are to be found|are packed|will i find|do i find)(?: in| into| inside)?(?= (?:a|an|the|each|every|p§|his)\b)", r"\1 are there in"),
    # titles
    (r"\b(?:do|does|did|is|has) (the (?:exact )?(?:words?|phrase|term) (?:q§\d+|\w+)) (?:appear|occur|stand|come|show|found|used|contained)(?: up)? in (?:the|its|their) (?:title|headline|name)s?\b", r"have \1 in the title"),
    (r"\b(?:do|does|did|is|has) (the (?:exact )?(?:words?|phrase|term) (?:q§\d+|\w+)) (?:appear|occur|stand|come|show|found|used|contained)(?: up)?(?: (?:in|on|at all|anywhere))?(?= $)", r"mention \1"),
    (rf"\b(?:which|what) ({_POSTS}) (?:are|were|is) (?:in|among) the top (\d+) (?=by |for |in )", r"top \2 \1 "),
    (r"^ (?:who|what|which(?: 1| one)?) (?:wins|leads|is ahead|comes out ahead|comes out on top) (?:on|in|by|for) ", " which has more "),
    (r"\b(titles? (?:that )?(?:have|has|having|with|contain(?:s|ing)?|includ(?:e|es|ing)) .+?) (?:somewhere |anywhere )?in (?:them|it)(?= |$)", r"\1"),
    # counting and grouping
    (rf"^ (?:how|in what way) (?:are|is|were|do|did) (?:the |his |all )*({_POSTS}(?: [\w&'§-]+){{0,4}}?) (?:distribut\w*|spread(?: out)?|split(?: up)?|divided?(?: up)?|fall|cluster\w*) (?:over|across|by|among|amongst|between|per|into|on) (?:the |different |each )*({_PERIOD})s?(?= |$)", r" number of \1 per \2"),
    (rf"\b(?:vs|versus|against|as a function of) (?:the )?({_PERIOD})(?= ,| $)", r"per \1"),
    (r" ?,? (?:plotted|charted|graphed|as bars|in bars|with bars|drawn(?: out| up)?|visuali[sz]ed|(?:drawn|shown) (?:as|in) a (?:chart|plot|graph)) $", " as a chart "),
    (rf"^ ((?:in |on )?(?:which|what) {_PERIOD}s?\b.*?)\b(?:the )?(most|highest|fewest|least|lowest) (?:number of )?({_COUNTED}) (?:on average per {_POSTS}|per {_POSTS}(?: on average)?|on average) $", lambda m: f" {m[1]}the {'highest' if m[2] in ('most', 'highest') else 'lowest'} average number of {m[3]} "),
    (r"\b(?:comes?|came|is|ranks?|ranked) (first|last|\d+(?:st|nd|rd|th))(?: place)? (?:in|by|for|in terms of) (?:popularity|frequency|use|usage|the number of posts|number of posts|posts)\b", r"is the \1 most used"),
    (r"\b(year|month|quarter)ly (?:break ?down|distribution|tally|counts?|totals?|figures?|numbers?|summary|overview|series) (?:of|for) (?:the |his |all )*(?:number of )?(.+?) $", r"number of \2 per \1 "),
    (r"\b(?:list |show |give )(?:me )?(?:each|every) (year|month|weekday|quarter|season|tag) (?:with|and|along with|together with) (?:its|their|the)(?: (?:total )?(?:number|count) of)? (.+?) $", r"number of \2 per \1 "),
    (r"\b(?:in|from|during|for) (?:the )?(?:calendar )?years? (?=(?:19|20)\d\d)", "in "),
    (r"\b(?:post|article) counts?\b", "number of posts"),
    (rf"\bhow (?:has |have |had |did |does |do )?(?:the |his )?((?:average |number of |total )*(?:{_POSTS}|word counts?|words|lengths?|equations|images|figures|footnotes|code blocks?)(?: per (?:post|article))?) (?:has |have )?(?:evolved?|changed?|develop(?:ed)?|grow[ns]?|grew|varied|var(?:y|ies))\b(?: over (?:time|the years)| by year| each year)?", r"\1 per year"),
    (r"\b(?:show(?:s|ed|n)?|crop(?:s|ped)?|pop(?:s|ped)?|turn(?:s|ed)?) up\b", "appear"),
    (r"\b(?:he )?(?:(?:is|has|had|was|were|are) )?only (?:ever )?(?:used|occurs?|occurred|appears?|appeared|found|seen|shows? up|showed up) (?:ever )?(?=(?:in|during|before|after|since) )", "used only "),
    (r"\bonly (?:ever )?((?:(?:been|was|were|gets?|got|is|are|has|have) )*(?:used?|appears?|appeared|occurs?|found|seen)(?: on| in)?) (\d+|one|a single)", r"\1 only \2"),
    (rf"^ (?:and )?(?:for|in|per|of|by) (?:each|every)? ?({_PERIOD})s? , (.+?) $", r" \2 per \1 "),
    (rf"^ (?:and )?(?:for|in|per|of|by) (?:each|every) ({_PERIOD})s? ((?:give|show|list|name|tell|what|which|how|the (?:most|fewest|longest|shortest|first|last|oldest|newest|number|average|total))\b.+?) $", r" \2 per \1 "),
    (rf"\b(?:break ?down(?: of)?|break|distribution of|split(?: up)?|group|tally(?: of| up)?|bucket|spread of) (?:the |his |all |of )*(?:number of )?({_POSTS})(?: (?:up|down))? (?:by|over|across|per|into|in) (?:the |each )?({_PERIOD})s?\b", r"number of \1 per \2"),
    (rf"\b(?:break ?down(?: of)?|distribution of|tally of|spread of|split(?: up)?|group) (?:the |his |all )*({_PERIOD})s? (?:of|for) (?:the |his |all )*({_POSTS})\b", r"number of \2 per \1"),
    (r"\b(?:break ?down of|distribution of|tally of) (?=.* (?:by|per|for each|over) )", ""),
    (rf"\b(?:posts|articles) and (?:the )?({_PERIOD})s? (?:they|it) (?:were|was) published\b", r"posts per \1"),
    (r"\bhow (?:often|frequently|regularly) (?:does|did|has|do|is) (?:he|brian|keng|the author|there a)(?: usually| typically| normally)? ?(?:post|publish|write|blog|published|posting|a new post|new post)(?: (?:something|anything|a post|posts|on average|here|on the blog|published|new))*\b", "what is the average gap between posts in days"),
    (r"\b(?:posting|publishing|publication) (?:frequency|cadence|rate|rhythm|interval)\b", "average gap between posts in days"),
    (r"(?<!day of )(?<!days of )(?<!\d[a-z]{2} of )\b(?:a|an|any 1|a single|any given) (year|month|quarter)(?= (?:on average|typically|usually|in general|$)|$)", r"per \1"),
    (r"\bhow many times (?:did|has|have) (?:he|the author|brian|keng) (?:go|gone|went|pause[d]?|be|been|wait(?:ed)?|take|taken)(?: \w+)? (?:for )?((?:more|longer|over|at least|under|less|fewer)(?: than)? \d+ \w+)(?: (?:without|before|between|off|silent)\b.*)? $", r"how many gaps were \1 "),
    (r"\b(?:over|across) all(?: of)?(?: (?:the|his))?\b(?! (?:years|time))", "of all"),
    # where and when, when that narrows nothing
    (r"\b(?:across|throughout|over|in|on|for|within) (?:the |his |this |your |brian |keng )?(?:whole |entire |full |complete )+(?:blog|site|website|archive|collection|corpus)\b|\b(?:across|throughout|over) (?:the |his |this )?(?:blog|site|website|archive|collection|corpus)\b", "on the blog"),
    (rf"\b(?:across|throughout|over) (?:all|every single 1) (?:of )?(?:his |the )*{_POSTS}\b(?! (?:tagged|from|in|since|before|after|with|that|published|on|about))", "on the blog"),
    (r"(?<!difference )\b(?:measured |counted )?in (?:number of )?words\b(?!.*\btitle)(?<!title in words)", ""),
)  # fmt: skip
