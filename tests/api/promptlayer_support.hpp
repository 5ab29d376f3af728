#pragma once

#include "support.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the tests of PromptLayer's endpoints share.
namespace weir::api::test
{

/// A record in which calls that are logged become rows, as the gateway makes them, as far as these tests look at them.
struct tracked_record : stored_record {
    std::vector<boost::json::value> logged; ///< as they came

    tracked_record();

    /// What a POST is answered; asserts its status.
    boost::json::value post(std::string_view target, std::string_view body, int status = 200);
    boost::json::value get(std::string_view target, int status = 200);

    /// A call that began `second` seconds after noon and took one: the answer's id of it. `more` are further members.
    std::int64_t track(int second, std::string_view more = {}, std::string_view question = "Hello",
                       std::string_view answer = "Hi there");

    /// A prompt with so many versions, the first of them 1.
    void add_prompt(std::string const& name, int versions);

private:
    boost::asio::awaitable<result<std::string>> log(call_to_log call);
    std::int64_t rows_ = 0;
};

/// The message of a failure of PromptLayer's form.
std::string message_of(answered const& said);

/// Asserts that each body is refused with this status, and a message that begins so; 422 with its detail.
struct refused_body {
    std::string body;
    int status;
    std::string message;
};
void expect_refused(services& with, std::string_view method, std::string_view target,
                    std::initializer_list<refused_body> bodies);

} // namespace weir::api::test
