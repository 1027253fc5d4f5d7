// CloudFront runs it before it looks into its cache or asks the load balancer: the visitor's address, in a header that
// nobody else can set. X-Forwarded-For ends with addresses of CloudFront's own, which change without notice.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
function handler(event) {
  var request = event.request;
  request.headers['true-client-ip'] = { value: event.viewer.ip };
  return request;
}
