#pragma once

#include <array>
#include <string_view>

namespace weir::test
{

/// The headers of Helicone's features that weir does not have, in the spelling in which they are kept as properties.
inline constexpr std::array<std::string_view, 29> headers_without_feature{"Helicone-Experiment-Id",
                                                                          "Helicone-Experiment-Column-Id",
                                                                          "Helicone-Experiment-Row-Index",
                                                                          "Helicone-Eval-Id",
                                                                          "Helicone-Node-Id",
                                                                          "Helicone-Job-Id",
                                                                          "Helicone-Webhook-Enabled",
                                                                          "Helicone-Prompt-Name",
                                                                          "Helicone-Prompt-Format",
                                                                          "Helicone-Cache-Enabled",
                                                                          "Helicone-Cache-Read",
                                                                          "Helicone-Cache-Save",
                                                                          "Helicone-Cache-Bucket-Max-Size",
                                                                          "Helicone-Cache-Seed",
                                                                          "Helicone-Cache-Ignore-Keys",
                                                                          "Helicone-Cache-Control",
                                                                          "Helicone-RateLimit-Policy",
                                                                          "Helicone-Retry-Enabled",
                                                                          "Helicone-Retry-Num",
                                                                          "Helicone-Retry-Factor",
                                                                          "Helicone-Retry-Min-Timeout",
                                                                          "Helicone-Retry-Max-Timeout",
                                                                          "Helicone-Moderations-Enabled",
                                                                          "Helicone-LLM-Security-Enabled",
                                                                          "Helicone-LLM-Security-Advanced",
                                                                          "Helicone-Prompt-Security-Enabled",
                                                                          "Helicone-Token-Limit-Exception-Handler",
                                                                          "Helicone-Stream-Force-Format",
                                                                          "Helicone-AI-Gateway-Body-Mapping"};

} // namespace weir::test
