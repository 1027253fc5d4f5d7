# nginx's maps of the addresses that the site once had. Each says where to, by the address as the visitor sent it: what
# nginx has decoded could end a header's line. What is below a path begins with no slash, straight or not: it would name
# another host.

def literal: gsub("(?<c>[.+?^$()\\[\\]{}|])"; "\\" + .c);

def pattern:
  if endswith("/*") then "~*^" + (.[:-2] | literal) + "(/+(?<below>[^/\\x5c?][^?]*)?)?(\\?|$)"
  else "~*^" + literal + "/?(\\?|$)" end;

def target:
  if .status == 410 then "gone"
  elif (.from | endswith("/*")) and (.to | endswith("/*")) then .to[:-1] + "$below"
  else .to end;

(301, 302, 410) as $status |
"map $request_uri $moved_\($status) {",
"    default \"\";",
($redirects[] | select(.status == $status) | "    \"\(.from | pattern)\" \"\(target)\";"),
"}"
