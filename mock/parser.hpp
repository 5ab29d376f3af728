#pragma once

#include "mock/request.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <memory>
#include <string>

namespace weir::mock
{

/// Reads one HTTP request into a `request`, whose header names and order stay as they came; of the body it keeps what
/// `request` keeps, so that a body of any size takes no memory.
class request_parser : public boost::beast::http::basic_parser<true>
{
public:
    /// With `hashes`, `request::sha256` is filled in.
    explicit request_parser(bool hashes);
    ~request_parser() override;

    request& get() { return request_; }

private:
    using string_view = boost::beast::string_view;
    using error_code = boost::beast::error_code;

    void on_request_impl(boost::beast::http::verb method, string_view method_text, string_view target, int version,
                         error_code& error) override;
    void on_response_impl(int code, string_view reason, int version, error_code& error) override;
    void on_field_impl(boost::beast::http::field name, string_view name_text, string_view value,
                       error_code& error) override;
    void on_header_impl(error_code& error) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const& content_length, error_code& error) override;
    std::size_t on_body_impl(string_view body, error_code& error) override;
    void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, string_view body, error_code& error) override;
    void on_finish_impl(error_code& error) override;

    struct digest;

    request request_;
    std::unique_ptr<digest> digest_;
};

} // namespace weir::mock
