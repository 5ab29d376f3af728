#include "mock/parser.hpp"

#include <array>
#include <limits>
#include <new>

#include <openssl/evp.h>

namespace http = boost::beast::http;

namespace weir::mock
{

struct request_parser::digest {
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    digest()
    {
        if (!context || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
    }

    ~digest() { EVP_MD_CTX_free(context); }

    digest(digest const&) = delete;
    digest& operator=(digest const&) = delete;

    std::string hex()
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
        unsigned length = 0;
        EVP_DigestFinal_ex(context, bytes.data(), &length);
        std::string text;
        for (unsigned i = 0; i < length; ++i) {
            text += "0123456789abcdef"[bytes[i] >> 4];
            text += "0123456789abcdef"[bytes[i] & 15];
        }
        return text;
    }
};

request_parser::request_parser(bool hashes)
{
    if (hashes) digest_ = std::make_unique<digest>();
    header_limit(1024 * 1024);
    body_limit(boost::none);
}

request_parser::~request_parser() = default;

void request_parser::on_request_impl(http::verb, string_view method_text, string_view target, int version, error_code&)
{
    request_.http_1_1 = version >= 11;
    request_.method = method_text;
    request_.target = target;
}

void request_parser::on_response_impl(int, string_view, int, error_code&) {}

void request_parser::on_field_impl(http::field, string_view name_text, string_view value, error_code&)
{
    request_.headers.emplace_back(name_text, value);
}

void request_parser::on_header_impl(error_code&) {}

void request_parser::on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) {}

std::size_t request_parser::on_body_impl(string_view body, error_code&)
{
    request_.append(body);
    if (digest_) EVP_DigestUpdate(digest_->context, body.data(), body.size());
    return body.size();
}

void request_parser::on_chunk_header_impl(std::uint64_t, string_view, error_code&) {}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, string_view body, error_code& error)
{
    return on_body_impl(body, error);
}

void request_parser::on_finish_impl(error_code&)
{
    if (digest_) request_.sha256 = digest_->hex();
}

} // namespace weir::mock
