from django.urls import path
from django.contrib.auth.decorators import login_required
from . import views
app_name = "shop"
urlpatterns = [
    path("<int:pk>/", views.Detail.as_view(), name="d"),
    path("edit/<slug:s>/", login_required(views.Edit.as_view())),
    path("post/", views.post),
    path("secret/", views.Secret.as_view()),
    path("ajax/", views.ajax),
    path("fn/", views.api_fn),
]
