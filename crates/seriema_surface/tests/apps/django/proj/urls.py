from django.contrib import admin
from django.urls import path, include, re_path
from rest_framework.routers import DefaultRouter
from shop import views
router = DefaultRouter()
router.register(r"items", views.ItemViewSet)
router.register("open", views.OpenViewSet, basename="open")
urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
    path("shop/", include(("shop.urls", "shop"), namespace="s")),
    re_path(r"^old/(?P<year>[0-9]{4})/$", views.old),
]
urlpatterns += router.urls
