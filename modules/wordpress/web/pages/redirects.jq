# nginx's map of the addresses that the site once had, of which the first that fits holds. It says the status and where
# to, by the address as the visitor sent it: what nginx has decoded could end a header's line. What is below a path begins
# with no slash, straight or not: it would name another host.

def literal: gsub("(?<c>[.+?^$()\\[\\]{}|])"; "\\" + .c);

def pattern:
  if endswith("/*") then "~*^" + (.[:-2] | literal) + "(/+(?<below>[^/\\x5c?][^?]*)?)?(\\?|$)"
  else "~*^" + (rtrimstr("/") | literal) + "/?(\\?|$)" end;

def target:
  if (.from | endswith("/*")) and (.to | endswith("/*")) then .to[:-1] + "$below" else .to end;

"map $request_uri $moved {",
"    default \"\";",
($redirects[] | "    \"\(.from | pattern)\" \"\(.status) \(target)\";"),
"}"
