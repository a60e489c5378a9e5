"""What the provider has published of its webhooks."""

from typing import Final

URL: Final = "https://my.company.server/nmcallback"
API_ID: Final = "55ddccad2df62a4b615b7e3c472b2ab6"
KEY: Final = "5da086b6a8e4424993646b8699c333ca"
CALLBACK: Final = (
    b'{"from":"40257076838","to":"40257879513","nmCorrelationId":"7cb72e4b-cf9f-40b6-9fc4-79588d18a666",'
    b'"correlationId":"0f754338-1aff-4e09-a933-7d205ca7aed4"}'
)
AUTHORIZATION: Final = f"{API_ID}:66c5985cf14f92e29c5647d4d9c4f12107a17507fe4ecfb3f5d4d2065e3dfab3"
REPORT: Final = (
    b'{"action":"dial","from":"41793026727","to":"41793026731","transferTo":"41793026785","duration":"15",'
    b'"status":"answered","fileId":null,"fileUrl":null,'
    b'"nmCorrelationId":"6ag710o6ihb23q06epc23n46ihd0nilcibb0nq9ccbq6mmsdgbp4nghefjs67vgo7200",'
    b'"inboundDuration":15,"calculatedDuration":15,"pricePerSecond":0.0,"currency":"EUR",'
    b'"ringingTime":"2018-01-01 12:00:00","answeredTime":"2018-01-01 12:00:10",'
    b'"correlationId":"0f754338-1aff-4e09-a933-7d205ca7aed4","inboundDuration":"30"}'
)
"""As it is posted, with the three members that are not signed."""
