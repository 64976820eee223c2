-- The example response of the API's documentation of GET /v1/campaigns, word for word.

return [[
{
  "data": [
    {
      "campaignId": "camp_XiQEBcj9cc5TFRB4",
      "campaignName": "Q4 Outreach Campaign",
      "campaignStatus": "live",
      "scheduledDate": "2025-09-25T19:00:00.000Z",
      "concurrentCalls": 5,
      "agent": {
        "name": "New AI Agent",
        "agentId": "agent_D5D0p7TUs66TTAEAx",
        "status": "Live"
      },
      "phoneNumber": {
        "sipPhoneNumber": "+14155552671",
        "provider": "twilio",
        "inboundAgentId": "agent_D5D0p7TUs66TTAEAx",
        "outboundAgentId": "agent_D5D0p7TUs66TTAEAx",
        "outboundPhoneNumber": "+14155552671",
        "active": true,
        "terminationSipURI": "sip.telnyx.com",
        "friendlyName": "Support Line - US"
      },
      "errors": [
        "Row 3: missing required variable 'customer_name'",
        "Row 7: invalid phone number '+1234'"
      ],
      "scheduled": true
    }
  ],
  "page": 0,
  "size": 20,
  "totalCount": 125,
  "totalPages": 7,
  "hasNext": true,
  "hasPrevious": false
}
]]
