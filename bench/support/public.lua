-- Documents like three that JSON libraries are often measured with: twitter.json (a search: pretty,
-- many small objects of few shapes, Japanese), canada.json (a border: hardly anything but floats of
-- 15 to 17 digits) and citm_catalog.json (a programme of concerts: pretty, maps by id, small
-- integers and nulls). Their shape and size are those of the published documents, their content is
-- made up.

local generator = require "bench.support.random"
local json_text = require "bench.support.json_text"

local array, object = json_text.array, json_text.object

local public = {}

-- So many random digits, of which the first is not 0.
local function digits(random, count)
  local list = { tostring(random(9)) }
  for i = 2, count do
    list[i] = tostring(random(10) - 1)
  end
  return table.concat(list)
end

-- == twitter ============================================================================

local PHRASES = {
  "\229\144\141\229\137\141\227\129\175\227\129\190\227\129\160\227\129\170\227\129\132",
  "\228\187\138\230\151\165\227\129\175\227\129\132\227\129\132\229\164\169\230\176\151",
  "\227\129\138\227\129\175\227\130\136\227\129\134\227\129\148\227\129\150\227\129\132",
  "\230\157\177\228\186\172\227\129\167\227\130\179\227\131\188\227\131\146\227\131\188",
  "RT @",
  "http:\\/\\/t.co\\/QMLJeFmfMT",
  "\240\159\142\137",
  "\\n",
}

local function phrase(random, most)
  local list = {}
  for i = 1, random(most) do
    list[i] = PHRASES[random(#PHRASES)]
  end
  return table.concat(list, " ")
end

local USER = [[{"id":%s,"id_str":"%s","name":"%s","screen_name":"%s","location":"%s",]]
  .. [["description":"%s","url":%s,"entities":{"description":{"urls":[]}},"protected":false,]]
  .. [["followers_count":%d,"friends_count":%d,"listed_count":%d,]]
  .. [["created_at":"Sat Aug %02d 12:11:26 +0000 2013","favourites_count":%d,"utc_offset":%s,]]
  .. [["time_zone":%s,"geo_enabled":%s,"verified":false,"statuses_count":%d,"lang":"ja",]]
  .. [["contributors_enabled":false,"is_translator":false,"is_translation_enabled":false,]]
  .. [["profile_background_color":"C0DEED","profile_background_image_url":]]
  .. [["http:\/\/abs.twimg.com\/images\/themes\/theme1\/bg.png",]]
  .. [["profile_background_image_url_https":]]
  .. [["https:\/\/abs.twimg.com\/images\/themes\/theme1\/bg.png","profile_background_tile":false,]]
  .. [["profile_image_url":"http:\/\/pbs.twimg.com\/profile_images\/%s\/%s_normal.jpeg",]]
  .. [["profile_image_url_https":"https:\/\/pbs.twimg.com\/profile_images\/%s\/%s_normal.jpeg",]]
  .. [["profile_link_color":"0084B4","profile_sidebar_border_color":"C0DEED",]]
  .. [["profile_sidebar_fill_color":"DDEEF6","profile_text_color":"333333",]]
  .. [["profile_use_background_image":true,"default_profile":true,"default_profile_image":%s,]]
  .. [["following":false,"follow_request_sent":false,"notifications":false}]]

local function flag(random)
  return random(2) == 1 and "true" or "false"
end

local function user(random)
  local id, image = digits(random, 10), digits(random, 18)
  local file = json_text.letters(random, 8)
  return USER:format(
    id,
    id,
    phrase(random, 2),
    json_text.letters(random, 10),
    random(3) == 1 and "" or phrase(random, 2),
    phrase(random, 14),
    random(3) > 1 and "null" or '"http:\\/\\/t.co\\/' .. json_text.letters(random, 10) .. '"',
    random(5000),
    random(2000),
    random(60) - 1,
    random(28),
    random(9000),
    random(2) == 1 and "null" or "32400",
    random(2) == 1 and "null" or '"Tokyo"',
    flag(random),
    random(90000),
    image,
    file,
    image,
    file,
    flag(random)
  )
end

local STATUS = [[{"metadata":{"result_type":"recent","iso_language_code":"ja"},]]
  .. [["created_at":"Sun Aug 31 00:29:%02d +0000 2014","id":%s,"id_str":"%s","text":"%s",]]
  .. [["source":"<a href=\"http:\/\/twitter.com\/download\/iphone\" rel=\"nofollow\">]]
  .. [[Twitter for iPhone<\/a>",]]
  .. [["truncated":false,"in_reply_to_status_id":%s,"in_reply_to_status_id_str":null,]]
  .. [["in_reply_to_user_id":null,"in_reply_to_user_id_str":null,"in_reply_to_screen_name":null,]]
  .. [["user":%s,"geo":null,"coordinates":null,"place":null,"contributors":null,]]
  .. [[%s"retweet_count":%d,"favorite_count":%d,"entities":%s,"favorited":false,]]
  .. [["retweeted":false,%s"lang":"ja"}]]

local function mention(random)
  local id, at = digits(random, 10), random(40)
  return ([[{"screen_name":"%s","name":"%s","id":%s,"id_str":"%s","indices":[%d,%d]}]]):format(
    json_text.letters(random, 9),
    phrase(random, 2),
    id,
    id,
    at,
    at + 10
  )
end

local function link(random)
  local at, short = random(80), json_text.letters(random, 10)
  return ([[{"url":"http:\/\/t.co\/%s","expanded_url":"http:\/\/example.com\/%s",]]
    .. [["display_url":"example.com\/%s","indices":[%d,%d]}]]):format(
    short,
    json_text.letters(random, 20),
    json_text.letters(random, 12),
    at,
    at + 22
  )
end

local function entities(random)
  return ([[{"hashtags":[],"symbols":[],"urls":%s,"user_mentions":%s}]]):format(
    array(random(2) - 1, function()
      return link(random)
    end),
    array(random(3) - 1, function()
      return mention(random)
    end)
  )
end

-- Two in three statuses hold the one that they repeat.
local function status(random, is_repeated)
  local id = digits(random, 18)
  local repeats = not is_repeated and random(3) > 1
  return STATUS:format(
    random(60) - 1,
    id,
    id,
    phrase(random, 12),
    random(4) == 1 and digits(random, 18) or "null",
    user(random),
    repeats and '"retweeted_status":' .. status(random, true) .. "," or "",
    random(5000) - 1,
    random(3) - 1,
    entities(random),
    random(3) == 1 and '"possibly_sensitive":false,' or ""
  )
end

local SEARCH = [[{"statuses":%s,"search_metadata":{"completed_in":0.087,]]
  .. [["max_id":505874924095815681,"max_id_str":"505874924095815681","query":"%%E4%%B8%%80",]]
  .. [["count":100,"since_id":0}}]]

--- 100 statuses have the size of twitter.json, 600 KB.
function public.twitter(count)
  local random = generator(31)
  local text = SEARCH:format(array(count, function()
    return status(random)
  end))
  return json_text.indented(text, 2)
end

-- == canada =============================================================================

local function degrees(random, whole)
  return ("%d.%s"):format(whole + random(3), digits(random, 12 + random(3)))
end

local function ring(random)
  local west, north = 50 + random(90), 40 + random(43)
  return array(random(2) == 1 and 20 + random(20) or random(400), function()
    return ("[-%s,%s]"):format(degrees(random, west), degrees(random, north))
  end)
end

local BORDER = [[{"type":"FeatureCollection","features":[{"type":"Feature",]]
  .. [["properties":{"name":"Canada"},"geometry":{"type":"Polygon","coordinates":%s}}]}]]

--- 480 rings have the size of canada.json, 2.3 MB.
function public.canada(count)
  local random = generator(37)
  return BORDER:format(array(count, function()
    return ring(random)
  end))
end

-- == citm_catalog =======================================================================

local EVENT = [[{"description":null,"id":%d,"logo":%s,"name":"%s","subTopicIds":[%d,%d],]]
  .. [["subjectCode":null,"subtitle":null,"topicIds":[%d,%d]}]]

local function event(random, id)
  return EVENT:format(
    id,
    random(2) == 1 and "null" or '"/images/UE0AAAAACEKo6Q' .. json_text.letters(random, 10) .. '"',
    ({ "30th Anniversary Tour", "Berliner Philharmoniker", "Soir\195\169e du lundi" })[random(3)],
    337184268 + random(30),
    337184268 + random(30),
    324846098 + random(5),
    107888604 + random(5)
  )
end

local function price(random)
  return ([[{"amount":%d,"audienceSubCategoryId":337100890,"seatCategoryId":%d}]]):format(
    random(40) * 2500 + 250,
    338937235 + random(60)
  )
end

local function area(random)
  return ([[{"areaId":%d,"blockIds":[]}]]):format(205705993 + random(17))
end

local function category(random)
  return ([[{"areas":%s,"seatCategoryId":%d}]]):format(
    array(1 + random(10), function()
      return area(random)
    end),
    338937235 + random(60)
  )
end

local PERFORMANCE = [[{"eventId":%d,"id":%d,"logo":null,"name":null,"prices":%s,]]
  .. [["seatCategories":%s,"seatMapImage":null,"start":13%011d,"venueCode":"PLEYEL_PLEYEL"}]]

local function performance(random)
  local seats = 1 + random(7)
  return PERFORMANCE:format(
    138586340 + random(184),
    339887543 + random(2000),
    array(seats, function()
      return price(random)
    end),
    array(seats, function()
      return category(random)
    end),
    random(99999) * 100000
  )
end

local function names(count, first, prefix)
  return object(count, function(i)
    return first + i, ('"%s %d"'):format(prefix, i)
  end)
end

local CATALOG = [[{"areaNames":%s,"audienceSubCategoryNames":%s,"blockNames":{},"events":%s,]]
  .. [["performances":%s,"seatCategoryNames":%s,"subTopicNames":%s,"subjectNames":{},]]
  .. [["topicNames":%s,"topicSubTopics":%s,"venueNames":{"PLEYEL_PLEYEL":"Salle Pleyel"}}]]

--- 243 performances have the size of citm_catalog.json, 1.7 MB.
function public.citm(count)
  local random = generator(41)
  local text = CATALOG:format(
    names(17, 205705993, "Arri\195\168re-sc\195\168ne"),
    names(1, 337100889, "Abonn\195\169"),
    object(math.ceil(count * 0.75), function(i)
      return 138586340 + i, event(random, 138586340 + i)
    end),
    array(count, function()
      return performance(random)
    end),
    names(64, 338937235, "Cat\195\169gorie"),
    names(19, 337184262, "Musique"),
    names(4, 324846098, "Genre"),
    object(4, function(i)
      return 324846098 + i, array(8, function(k)
        return tostring(337184262 + k)
      end)
    end)
  )
  return json_text.indented(text, 4)
end

return public
