// CloudFront runs it before it looks into its cache or asks the load balancer. Both headers are set for every request,
// whatever a visitor has sent.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html

// As in the servers' page cache (pages.conf).
var OWN_COOKIE = /^(wordpress_(?!test_cookie)|@OWN_COOKIES@)/;
var OWN_HEADERS = ['authorization', 'x-http-method-override', 'x-wp-nonce'];

function handler(event) {
  var request = event.request;
  var headers = request.headers;
  // X-Forwarded-For ends with addresses of CloudFront's own, which change without notice.
  headers['true-client-ip'] = { value: event.viewer.ip };
  // A part of what pages are kept by. Whoever gets pages of their own shares neither a copy nor a request under way.
  var own =
    Object.keys(request.cookies).some(function (name) { return OWN_COOKIE.test(name); }) ||
    OWN_HEADERS.some(function (name) { return headers[name]; });
  headers['pressform-visitor'] = { value: own ? event.context.requestId : 'anyone' };
  return request;
}
